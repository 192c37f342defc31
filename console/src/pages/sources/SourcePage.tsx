import { Tabs } from "@mantine/core";
import { IconFileText } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { Source } from "~/api/model";
import { overviewQuery, sourceQuery } from "~/api/queries";
import { SOURCE_TABS } from "~/app/router";
import { CopyText } from "~/components/CopyText";
import { LinkButton } from "~/components/LinkButton";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { QueryView } from "~/components/QueryView";
import { Sentence } from "~/components/Sentence";
import { EnabledStatus, StatusDot } from "~/components/StatusDot";
import { TimeAgo } from "~/components/TimeAgo";
import { plural } from "~/lib/format";
import { LedgerPanel } from "~/pages/duplicates/LedgerPanel";
import { snippetFor } from "~/snippets";
import { SnippetPanel } from "./SnippetPanel";
import { SourceSettings } from "./SourceSettings";
import { WriteKeys } from "./WriteKeys";

const route = getRouteApi("/signed-in/sources/$sourceId");
const LABELS: Record<(typeof SOURCE_TABS)[number], string> = { setup: "Setup", ledger: "Ledger", keys: "Write keys", settings: "Settings" };

/** One source: how to send to it, what became of what it sent, its write keys, its settings. */
export default function SourcePage() {
  const { sourceId } = route.useParams();
  const { tab = "setup", span = "24h" } = route.useSearch();
  const navigate = useNavigate({ from: "/sources/$sourceId" });
  const query = useQuery(sourceQuery(sourceId));
  const source = query.data;
  return (
    <Page
      title={source?.name ?? "Source"}
      beside={source && <EnabledStatus enabled={source.enabled} />}
      parent={{ label: "Sources", to: "/sources" }}
      description={
        source && (
          <>
            {source.metadata.name} <span aria-hidden>·</span> <CopyText value={source.slug} what="slug" /> <span aria-hidden>·</span>{" "}
            <CopyText value={source.id} what="source id" keep={16} />
          </>
        )
      }
      actions={
        <LinkButton to="/live" search={{ source: sourceId }} variant="default" leftSection={<IconFileText size={16} />}>
          Live debugger
        </LinkButton>
      }
    >
      <QueryView query={query}>
        {(source) => (
          <>
            {!source.enabled && (
              <Sentence
                tone="warn"
                reason="This source is disabled, so what is sent to it is dropped."
                remedy="Senders are still answered with success, so that they do not repeat it. Enable the source under Settings to take events again."
              />
            )}
            <Tabs value={tab} onChange={(next) => navigate({ search: (search) => ({ ...search, tab: SOURCE_TABS.find((each) => each === next) }), replace: true })}>
              <Tabs.List mb="lg">
                {SOURCE_TABS.map((each) => (
                  <Tabs.Tab key={each} value={each}>
                    {LABELS[each]}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
              <Tabs.Panel value="setup">
                <Setup source={source} />
              </Tabs.Panel>
              <Tabs.Panel value="ledger">
                <LedgerPanel
                  sourceId={source.id}
                  span={span}
                  onSpan={(next) => navigate({ search: (search) => ({ ...search, span: next }), replace: true, resetScroll: false })}
                />
              </Tabs.Panel>
              <Tabs.Panel value="keys">
                <WriteKeys source={source} />
              </Tabs.Panel>
              <Tabs.Panel value="settings">
                <SourceSettings source={source} />
              </Tabs.Panel>
            </Tabs>
          </>
        )}
      </QueryView>
    </Page>
  );
}

function Setup({ source }: { source: Source }) {
  const { sdk = snippetFor(source.metadata.id) } = route.useSearch();
  const navigate = useNavigate({ from: "/sources/$sourceId" });
  const key = source.keys.find((each) => each.enabled)?.key;
  const activity = useQuery(overviewQuery).data?.sources.find((each) => each.id === source.id);
  if (!key)
    return (
      <Sentence
        tone="warn"
        reason="No write key of this source is enabled, so nothing can be sent to it."
        remedy="Create one, or enable one, under Write keys."
      />
    );
  return (
    <Panel
      title="Send events"
      description="This server's address and the write key are already in. Paste, run, and watch them arrive."
      actions={
        activity?.lastEventAt ? (
          <StatusDot tone="good">
            <span>
              {plural(activity.accepted, "event")}, last <TimeAgo time={activity.lastEventAt} />
            </span>
          </StatusDot>
        ) : (
          <StatusDot tone="info" live>
            Waiting for the first event
          </StatusDot>
        )
      }
    >
      <SnippetPanel
        writeKey={key}
        selected={sdk}
        onSelect={(id) => navigate({ search: (search) => ({ ...search, sdk: id }), replace: true, resetScroll: false })}
      />
    </Panel>
  );
}
