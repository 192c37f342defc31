import { ActionIcon, Avatar, Drawer, type MantineColorScheme, Menu, useMantineColorScheme } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { IconDeviceDesktop, IconLogout, IconMenu2, IconMoon, IconSearch, IconSelector, IconSettings, IconSun, IconUser, type Icon } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { signOut } from "~/api/actions";
import { notifyProblem } from "~/components/notify";
import { Logo } from "./Logo";
import { CHAPTERS, placeOf } from "./navigation";
import classes from "./Shell.module.css";
import { useSession } from "./use-session";

const CommandPalette = lazy(() => import("./CommandPalette"));

/** Brings the search of the page under the fingers; pages mark theirs with this attribute. */
export const PAGE_SEARCH = "data-page-search";

/** The frame around every page: navigation, command palette, account. */
export function Shell() {
  const [menuOpened, menu] = useDisclosure(false);
  const [paletteAsked, setPaletteAsked] = useState(false);
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const loading = useRouterState({ select: (state) => state.status === "pending" });
  const session = useSession();

  const openPalette = () => {
    menu.close();
    setPaletteAsked(true);
  };
  useEffect(menu.close, [pathname]);
  useHotkeys(
    [
      ["mod+K", openPalette],
      [
        "/",
        () => {
          const search = document.querySelector<HTMLElement>(`[${PAGE_SEARCH}]`);
          if (search) search.focus();
          else openPalette();
        },
      ],
    ],
    ["INPUT", "TEXTAREA", "SELECT"],
  );

  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      {loading && <div className={classes.progress} aria-hidden />}
      <header className={classes.bar}>
        <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" onClick={menu.open} aria-label="Open the navigation">
          <IconMenu2 size={20} />
        </ActionIcon>
        <Link to="/" className={classes.brand}>
          <Logo />
          <span>{session.workspace.name}</span>
        </Link>
        <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" onClick={openPalette} aria-label="Search">
          <IconSearch size={19} />
        </ActionIcon>
      </header>
      <div className={classes.side}>
        <Navigation onSearch={openPalette} />
      </div>
      <Drawer.Root opened={menuOpened} onClose={menu.close} size={272} padding={0}>
        <Drawer.Overlay />
        <Drawer.Content aria-label="Navigation">
          <Navigation onSearch={openPalette} inDrawer />
        </Drawer.Content>
      </Drawer.Root>
      <main id="main" className={classes.main} tabIndex={-1} style={{ outline: "none" }}>
        <Outlet />
      </main>
      {paletteAsked && (
        <Suspense>
          <CommandPalette onClosed={() => setPaletteAsked(false)} />
        </Suspense>
      )}
    </div>
  );
}

function Navigation({ onSearch, inDrawer = false }: { onSearch: () => void; inDrawer?: boolean }) {
  const session = useSession();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  const here = placeOf(pathname);
  const apple = /Mac|iPhone|iPad/.test(navigator.userAgent);
  return (
    <nav className={`${classes.nav} ${inDrawer ? classes.drawerNav : ""}`} aria-label="Main">
      <div className={classes.top}>
        <Link to="/" className={classes.brand}>
          <Logo />
          <span>{session.workspace.name}</span>
        </Link>
        <button type="button" className={classes.search} onClick={onSearch}>
          <IconSearch size={15} aria-hidden />
          Search
          <kbd>{apple ? "⌘ K" : "Ctrl K"}</kbd>
        </button>
      </div>
      <div className={classes.links}>
        {CHAPTERS.map((chapter) => (
          <div key={chapter.label ?? "now"}>
            {chapter.label && <div className={classes.group}>{chapter.label}</div>}
            <ul className={classes.list}>
              {chapter.places.map((place) => (
                <NavigationLink key={place.to} here={place.to === here} {...place} />
              ))}
            </ul>
          </div>
        ))}
        <div className={classes.group} aria-hidden />
        <ul className={classes.list}>
          <NavigationLink label="Settings" to="/settings" icon={IconSettings} here={here === "/settings"} />
        </ul>
      </div>
      <div className={classes.foot}>
        <AccountMenu />
      </div>
    </nav>
  );
}

function NavigationLink({ label, to, icon: Shown, here }: { label: string; to: string; icon: Icon; here: boolean }) {
  return (
    <li>
      <Link to={to} className={classes.link} aria-current={here ? "page" : undefined} activeProps={{}} activeOptions={{ exact: true }}>
        <Shown size={17} stroke={1.7} aria-hidden />
        {label}
      </Link>
    </li>
  );
}

function AccountMenu() {
  const { account } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const queryClient = useQueryClient();
  const navigate = useNavigate();

  async function leave() {
    // The page goes first: what it asks again by itself must not be refused in between.
    await navigate({ to: "/sign-in" });
    await signOut().catch(notifyProblem);
    queryClient.clear();
  }

  const schemes = [
    { value: "light", label: "Light", icon: IconSun },
    { value: "dark", label: "Dark", icon: IconMoon },
    { value: "auto", label: "As the system", icon: IconDeviceDesktop },
  ] as const;
  return (
    <Menu position="top-start" width={210} shadow="md" withinPortal={false}>
      <Menu.Target>
        <button type="button" className={classes.account} aria-label={`Account of ${account.name}`}>
          <Avatar size={26} radius="xl" name={account.name} color="initials" aria-hidden />
          <span className={classes.accountText}>
            <span style={{ fontWeight: 550, fontSize: "0.8125rem" }}>{account.name}</span>
            <span style={{ color: "var(--mantine-color-dimmed)", fontSize: "0.75rem" }}>{account.email}</span>
          </span>
          <IconSelector size={15} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconUser size={15} />} onClick={() => navigate({ to: "/settings/account" })}>
          Your account
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Appearance</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(next) => setColorScheme(next as MantineColorScheme)}>
          {schemes.map(({ value, label, icon: Shown }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Shown size={15} />}>
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
