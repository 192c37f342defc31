import { Button, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Source } from "~/api/model";
import type { LiveSearch } from "~/app/router";
import { PAGE_SEARCH } from "~/app/Shell";
import { EVENT_TYPES } from "./EventType";
import classes from "./LivePage.module.css";

/** Typing shows at once; the address and the stream follow when the fingers rest. */
const TYPING_RESTS_MS = 300;

interface LiveFiltersProps {
  search: LiveSearch;
  sources: Source[];
  onChange: (change: Partial<LiveSearch>) => void;
}

export function LiveFilters({ search, sources, onChange }: LiveFiltersProps) {
  const filtered = search.source || search.type || search.name || search.user;
  return (
    <div className={classes.filters} role="search" aria-label="Filter">
      <TypedFilter
        label="Event or page name"
        placeholder="Name"
        value={search.name}
        onChange={(name) => onChange({ name })}
        pageSearch
      />
      <TypedFilter label="User id or anonymous id" placeholder="User" value={search.user} onChange={(user) => onChange({ user })} />
      <Select
        aria-label="Type"
        placeholder="Any type"
        clearable
        size="xs"
        data={EVENT_TYPES}
        value={search.type ?? null}
        onChange={(type) => onChange({ type: type ?? undefined })}
      />
      <Select
        aria-label="Source"
        placeholder="Any source"
        clearable
        searchable={sources.length > 8}
        size="xs"
        data={sources.map((source) => ({ value: source.id, label: source.name }))}
        value={search.source ?? null}
        onChange={(source) => onChange({ source: source ?? undefined })}
      />
      {filtered ? (
        <Button size="xs" variant="subtle" onClick={() => onChange({ name: undefined, user: undefined, type: undefined, source: undefined })}>
          Clear filters
        </Button>
      ) : (
        <span />
      )}
    </div>
  );
}

interface TypedFilterProps {
  label: string;
  placeholder: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  pageSearch?: boolean;
}

function TypedFilter({ label, placeholder, value = "", onChange, pageSearch = false }: TypedFilterProps) {
  const [typed, setTyped] = useState(value);
  const tell = useDebouncedCallback((text: string) => onChange(text.trim() || undefined), TYPING_RESTS_MS);
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      size="xs"
      leftSection={<IconSearch size={14} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      {...(pageSearch ? { [PAGE_SEARCH]: "" } : {})}
    />
  );
}
