import { Button } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconArrowUp } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { formatCount } from "~/lib/format";
import classes from "./LiveList.module.css";

/** How long the pointer must be away before rows may move again. */
const LEAVING_MS = 120;

interface LiveListProps<T extends { offset: number }> {
  label: string;
  rows: readonly T[];
  columns: string[];
  rejected?: boolean;
  selected: number | undefined;
  onSelect: (row: T) => void;
  /** Enter moves on into the detail. */
  onOpen: () => void;
  /** True while a person reads: the pointer is over the rows, or the list is scrolled. Nothing may move then. */
  onReading: (reading: boolean) => void;
  /** How many rows wait meanwhile. */
  behind: number;
  onCatchUp: () => void;
  cells: (row: T) => ReactNode;
}

/** The newest first, drawn only where one looks, walked with the arrow keys. */
export function LiveList<T extends { offset: number }>({ label, rows, columns, rejected, selected, onSelect, onOpen, onReading, behind, onCatchUp, cells }: LiveListProps<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const reading = useRef({ pointed: false, scrolled: false });
  const id = useId();
  const rowHeight = useMediaQuery("(max-width: 48em)") ? 44 : 38;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rows[index]?.offset ?? index,
  });
  useEffect(() => virtual.measure(), [rowHeight, virtual]);
  const selectedIndex = rows.findIndex((row) => row.offset === selected);

  // Listened to natively and settled after a moment: when a row under the pointer is taken away, the browser reports that the pointer left
  // the list and came back, and React misses the coming back.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let leaving: ReturnType<typeof setTimeout> | undefined;
    const enter = (event: PointerEvent) => {
      clearTimeout(leaving);
      if (event.pointerType === "mouse") note({ pointed: true });
    };
    const leave = () => {
      clearTimeout(leaving);
      leaving = setTimeout(() => note({ pointed: false }), LEAVING_MS);
    };
    element.addEventListener("pointerenter", enter);
    element.addEventListener("pointerleave", leave);
    return () => {
      clearTimeout(leaving);
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("pointerleave", leave);
      onReading(false);
    };
  }, [onReading]);

  function note(change: Partial<{ pointed: boolean; scrolled: boolean }>) {
    Object.assign(reading.current, change);
    onReading(reading.current.pointed || reading.current.scrolled);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const last = rows.length - 1;
    const target: Record<string, number> = {
      ArrowDown: Math.min(selectedIndex + 1, last),
      j: Math.min(selectedIndex + 1, last),
      ArrowUp: Math.max(selectedIndex - 1, 0),
      k: Math.max(selectedIndex - 1, 0),
      PageDown: Math.min(selectedIndex + 12, last),
      PageUp: Math.max(selectedIndex - 12, 0),
      Home: 0,
      End: last,
    };
    if (event.key === "Enter" && selectedIndex >= 0) {
      event.preventDefault();
      return onOpen();
    }
    const index = target[event.key];
    const row = index === undefined ? undefined : rows[index];
    if (index === undefined || !row) return;
    event.preventDefault();
    onSelect(row);
    virtual.scrollToIndex(index);
  }

  return (
    <div ref={frame} className={`${classes.frame} ${rejected ? classes.rejected : ""}`}>
      <div className={classes.columns} aria-hidden>
        {columns.map((column) => (
          <span key={column}>{column}</span>
        ))}
      </div>
      {behind > 0 && (
        <Button
          size="compact-sm"
          radius="xl"
          className={classes.newer}
          leftSection={<IconArrowUp size={14} />}
          onClick={() => {
            onCatchUp();
            virtual.scrollToOffset(0);
          }}
        >
          {formatCount(behind)} newer
        </Button>
      )}
      <div
        ref={scroller}
        className={classes.scroll}
        role="listbox"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={selectedIndex >= 0 ? `${id}${selected}` : undefined}
        onKeyDown={onKeyDown}
        onScroll={(event) => note({ scrolled: event.currentTarget.scrollTop > 4 })}
      >
        <div className={classes.canvas} style={{ height: virtual.getTotalSize() }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={item.key}
                id={`${id}${row.offset}`}
                role="option"
                aria-selected={row.offset === selected}
                aria-posinset={item.index + 1}
                aria-setsize={rows.length}
                className={classes.row}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => onSelect(row)}
              >
                {cells(row)}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
