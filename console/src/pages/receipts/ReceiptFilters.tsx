import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { RECEIPT_STATES, type Replay } from "~/api/delivery-model";
import { receiptsWindow } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import type { ReceiptsSearch } from "~/app/router";
import { PAGE_SEARCH } from "~/app/Shell";
import { ByHand } from "~/components/ByHand";
import { STATES } from "~/pages/delivery/delivery-words";
import { TimeRange } from "~/pages/delivery/TimeRange";
import { EVENT_TYPES } from "~/pages/live/EventType";
import classes from "./ReceiptsPage.module.css";
import { listCall } from "./receipts-by-hand";
import { replayChoices } from "./replay-choices";

/** Typing shows at once; the address and the list follow when the fingers rest. */
const TYPING_RESTS_MS = 300;

interface ReceiptFiltersProps {
  search: ReceiptsSearch;
  destinations: Destination[];
  replays: Replay[];
  onChange: (next: Partial<ReceiptsSearch>) => void;
}

export function ReceiptFilters({ search, destinations, replays, onChange }: ReceiptFiltersProps) {
  return (
    <div className={classes.filters} role="search" aria-label="Filter">
      <Typed label="Message id" value={search.message} onChange={(message) => onChange({ message })} first />
      <Typed label="User id" value={search.user} onChange={(user) => onChange({ user })} />
      <Typed label="Anonymous id" value={search.anonymous} onChange={(anonymous) => onChange({ anonymous })} />
      <Typed label="Event name" value={search.name} onChange={(name) => onChange({ name })} />
      <Typed label="Code" value={search.code} onChange={(code) => onChange({ code })} />
      <Chosen
        label="Destination"
        any="All destinations"
        data={destinations.map((each) => ({ value: each.id, label: each.name }))}
        value={search.destination}
        onChange={(destination) => onChange({ destination })}
      />
      <Chosen
        label="Replay"
        any="Replayed or not"
        data={replayChoices(replays, search.replay, (id) => destinations.find((each) => each.id === id)?.name)}
        value={search.replay?.toString()}
        onChange={(replay) => onChange({ replay: replay === undefined ? undefined : Number(replay) })}
      />
      <Chosen
        label="State"
        any="Any state"
        data={RECEIPT_STATES.map((value) => ({ value, label: STATES[value].words }))}
        value={search.state}
        onChange={(state) => onChange({ state: RECEIPT_STATES.find((each) => each === state) })}
      />
      <Chosen label="Event type" any="Any type" data={EVENT_TYPES.map((value) => ({ value, label: value }))} value={search.type} onChange={(type) => onChange({ type })} />
      <TimeRange label="Begun within" any="Any time" size="xs" value={search.span} onChange={(span) => onChange({ span })} />
      <div className={classes.hand}>
        <ByHand call={listCall(search, search.span && receiptsWindow(search.span, Date.now()))} />
      </div>
    </div>
  );
}

interface TypedProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  /** The slash key leads here. */
  first?: boolean;
}

function Typed({ label, value = "", onChange, first = false }: TypedProps) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), TYPING_RESTS_MS);
  useEffect(() => setTyped((known) => (known.trim() === value ? known : value)), [value]);
  return (
    <TextInput
      size="xs"
      aria-label={label}
      placeholder={label}
      leftSection={first && <IconSearch size={14} />}
      autoComplete="off"
      spellCheck={false}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      {...(first && { [PAGE_SEARCH]: "" })}
    />
  );
}

interface ChosenProps {
  label: string;
  any: string;
  data: { value: string; label: string }[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

function Chosen({ label, any, data, value, onChange }: ChosenProps) {
  return (
    <Select
      size="xs"
      aria-label={label}
      placeholder={any}
      clearable
      clearButtonProps={{ "aria-label": any }}
      searchable={data.length > 8}
      nothingFoundMessage="Nothing is called that"
      data={data}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}
