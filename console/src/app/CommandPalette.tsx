import "@mantine/spotlight/styles.css";
import { useMantineColorScheme } from "@mantine/core";
import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBroadcast, IconBuilding, IconMoon, IconPlus, IconRefresh, IconSearch, IconSend, IconSun, IconUser } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { profilesQuery } from "~/api/people";
import { destinationsQuery, sourcesQuery } from "~/api/queries";
import { foundInWords } from "~/pages/profiles/profile-words";
import { CHAPTERS, SETTINGS } from "./navigation";

/** Typing shows at once; people are looked for when the fingers rest. */
const TYPING_RESTS_MS = 150;
/** One letter begins the name of everybody. */
const LETTERS_MIN = 2;
const PEOPLE_MAX = 6;
const PLACEHOLDER = "Find a page, person, source or destination";

/** Finds pages, people, sources and destinations, and starts what one would otherwise look for. */
export default function CommandPalette({ onClosed }: { onClosed: () => void }) {
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const sources = useQuery(sourcesQuery).data ?? [];
  const destinations = useQuery(destinationsQuery).data ?? [];
  const [typed, setTyped] = useState("");
  const [rested] = useDebouncedValue(typed.trim(), TYPING_RESTS_MS);
  const people = useQuery({ ...profilesQuery(rested, undefined, PEOPLE_MAX), enabled: rested.length >= LETTERS_MIN, retry: false });
  const found = rested.length >= LETTERS_MIN && !people.isPlaceholderData ? (people.data?.profiles ?? []) : [];
  useEffect(() => {
    spotlight.open();
    return () => spotlight.close();
  }, []);

  const places = [...CHAPTERS.flatMap((chapter) => chapter.places), ...SETTINGS];
  const pages: SpotlightActionData[] = places.map(({ label, to, icon: Icon, about }) => ({
    id: to,
    label,
    description: about,
    leftSection: <Icon size={18} stroke={1.6} />,
    onClick: () => navigate({ to }),
  }));
  const commands: SpotlightActionData[] = [
    { id: "new-source", label: "Add a source", leftSection: <IconPlus size={18} />, onClick: () => navigate({ to: "/sources/new" }) },
    { id: "new-destination", label: "Add a destination", leftSection: <IconPlus size={18} />, onClick: () => navigate({ to: "/destinations/new" }) },
    { id: "new-replay", label: "Replay events", leftSection: <IconRefresh size={18} />, onClick: () => navigate({ to: "/replays", search: { form: "new" } }) },
    {
      id: "scheme",
      label: colorScheme === "dark" ? "Switch to light" : "Switch to dark",
      leftSection: colorScheme === "dark" ? <IconSun size={18} /> : <IconMoon size={18} />,
      onClick: () => setColorScheme(colorScheme === "dark" ? "light" : "dark"),
    },
  ];
  const groups: SpotlightActionGroupData[] = [
    { group: "Pages", actions: pages },
    { group: "Do", actions: commands },
    {
      group: "People",
      actions: found.map((profile) => ({
        id: profile.id,
        label: profile.label,
        description: `Found by ${foundInWords(profile.found)}`,
        // The server found them by what was typed, which need not stand in what is shown.
        keywords: [rested],
        leftSection: profile.collection === "accounts" ? <IconBuilding size={18} stroke={1.6} /> : <IconUser size={18} stroke={1.6} />,
        onClick: () => navigate({ to: "/profiles/$profileId", params: { profileId: profile.id } }),
      })),
    },
    {
      group: "Sources",
      actions: sources.map((source) => ({
        id: source.id,
        label: source.name,
        description: source.metadata.name,
        keywords: [source.slug, source.id],
        leftSection: <IconBroadcast size={18} stroke={1.6} />,
        onClick: () => navigate({ to: "/sources/$sourceId", params: { sourceId: source.id } }),
      })),
    },
    {
      group: "Destinations",
      actions: destinations.map((destination) => ({
        id: destination.id,
        label: destination.name,
        description: destination.metadata.name,
        keywords: [destination.id],
        leftSection: <IconSend size={18} stroke={1.6} />,
        onClick: () => navigate({ to: "/destinations/$destinationId", params: { destinationId: destination.id } }),
      })),
    },
  ].filter((group) => group.actions.length > 0);

  return (
    <Spotlight
      actions={groups}
      query={typed}
      onQueryChange={setTyped}
      shortcut={null}
      nothingFound="Nothing is called that"
      highlightQuery
      scrollable
      maxHeight={440}
      onSpotlightClose={onClosed}
      attributes={{ content: { "aria-label": "Command palette" } }}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.6} />,
        placeholder: PLACEHOLDER,
        "aria-label": PLACEHOLDER,
      }}
    />
  );
}
