import { Checkbox, Text, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconAlertTriangle } from '@tabler/icons-react';
import { createColumnHelper, flexRender, getCoreRowModel, useReactTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';

import type { Contact } from '../api/types';
import { ChannelIcon } from '../display/Channel';
import { contactStatuses } from '../display/contactStatus';
import { Moment } from '../display/Moment';
import { outcomes } from '../display/outcome';
import { Status } from '../display/Status';
import { waitingReasons } from '../display/waiting';
import classes from './ContactTable.module.css';
import { nameOf } from './name';
import type { Sort, SortColumn } from './search';
import type { Selection } from './selection';

interface Props {
  contacts: readonly Contact[];
  stale: boolean;
  sort: Sort;
  onSort: (sort: Sort) => void;
  selection: Selection;
  opened: string | undefined;
  onOpen: (id: string) => void;
}

const rowHeight = 40;
const column = createColumnHelper<Contact>();

/** The columns that the API sorts by. */
const sortable: Record<string, SortColumn> = {
  name: 'name',
  status: 'status',
  last: 'lastOutreachAt',
  added: 'createdAt',
};

const columns = [
  column.accessor(nameOf, {
    id: 'name',
    header: 'Name',
    cell: ({ getValue }) => (
      <Text component="bdi" inherit fw={500} truncate display="block">
        {getValue()}
      </Text>
    ),
  }),
  column.accessor((contact) => contact.email ?? contact.phone ?? '', {
    id: 'address',
    header: 'Address',
    cell: ({ getValue }) => (
      <Text inherit c="dimmed" truncate>
        {getValue()}
      </Text>
    ),
  }),
  column.accessor('status', {
    header: 'Status',
    cell: ({ getValue }) => <Status look={contactStatuses[getValue()]} />,
  }),
  column.accessor((contact) => contact.waiting?.reason, {
    id: 'waiting',
    header: 'Waits for',
    cell: ({ getValue, row }) => {
      const reason = getValue();
      if (reason === undefined) return null;
      const until = row.original.waiting?.until ?? null;
      return (
        <Text inherit truncate>
          {waitingReasons[reason]}
          {until !== null && (
            <Text component="span" inherit c="dimmed">
              {' '}
              <Moment at={until} />
            </Text>
          )}
        </Text>
      );
    },
  }),
  column.accessor((contact) => contact.nextOutreach?.channel, {
    id: 'next',
    header: 'Next',
    cell: ({ getValue }) => {
      const channel = getValue();
      return channel === undefined ? null : <ChannelIcon channel={channel} />;
    },
  }),
  column.accessor((contact) => `${contact.attempts}/${contact.maxAttempts}`, { id: 'attempts', header: 'Attempts' }),
  column.accessor('lastOutreachAt', {
    id: 'last',
    header: 'Last outreach',
    cell: ({ getValue, row: { original: contact } }) => {
      const at = getValue();
      if (at === null) return null;
      return (
        <Text inherit truncate>
          {contact.unconfirmed && (
            <IconAlertTriangle size={14} color="var(--mantine-color-orange-6)" aria-label="Unconfirmed" />
          )}{' '}
          {contact.lastOutcome !== null && `${outcomes[contact.lastOutcome]} · `}
          <Moment at={at} />
        </Text>
      );
    },
  }),
  column.accessor('createdAt', { id: 'added', header: 'Added', cell: ({ getValue }) => <Moment at={getValue()} /> }),
];

/** A page of contacts. Only the rows that are seen are drawn; arrow keys walk them. */
export function ContactTable({ contacts, stale, sort, onSort, selection, opened, onOpen }: Props) {
  const data = useMemo(() => [...contacts], [contacts]);
  const table = useReactTable({ data, columns, getCoreRowModel: getCoreRowModel(), getRowId: ({ id }) => id });
  const rows = table.getRowModel().rows;
  const { body, virtual } = useVirtualRows(rows.length);
  const here = rows.findIndex(({ id }) => id === opened);
  const ids = rows.map(({ id }) => id);
  const chosen = selection.all ? ids.length : ids.filter((id) => selection.ids.has(id)).length;

  const walk = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const next = rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
    if (step === 0 || next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onOpen(next.id);
    virtual.scrollToIndex(next.index, { align: 'auto' });
    requestAnimationFrame(() => document.getElementById(`contact-${next.id}`)?.focus({ preventScroll: true }));
  };
  return (
    <div className={classes.scroll} style={{ opacity: stale ? 0.6 : 1 }}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of the buttons in its rows */}
      <div role="table" className={classes.table} aria-rowcount={rows.length} aria-label="Contacts" onKeyDown={walk}>
        <div role="row" className={`${classes.row} ${classes.head}`}>
          <div role="columnheader" className={classes.check}>
            <Checkbox
              size="xs"
              aria-label="Choose all on this page"
              checked={chosen === ids.length}
              indeterminate={chosen > 0 && chosen < ids.length}
              onChange={(event) => selection.togglePage(ids, event.currentTarget.checked)}
            />
          </div>
          {table.getFlatHeaders().map((header) => (
            <Heading
              key={header.id}
              id={header.id}
              label={header.column.columnDef.header as string}
              sort={sort}
              onSort={onSort}
            />
          ))}
        </div>
        <div role="rowgroup" ref={body} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes.row}
                data-open={row.id === opened || undefined}
                style={{ transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}
              >
                <div role="cell" className={classes.check}>
                  <Checkbox
                    size="xs"
                    aria-label={`Choose ${nameOf(row.original)}`}
                    checked={selection.all || selection.ids.has(row.id)}
                    disabled={selection.all}
                    onChange={(event) => selection.toggle(row.id, event.currentTarget.checked)}
                  />
                </div>
                {row.getVisibleCells().map((cell) => (
                  <div key={cell.id} role="cell" className={classes.cell}>
                    {cell.column.id === 'name' ? (
                      <UnstyledButton
                        id={`contact-${row.id}`}
                        className={classes.open}
                        aria-expanded={row.id === opened}
                        onClick={() => onOpen(row.id)}
                      >
                        {flexRender(cell.column.columnDef.cell, cell.getContext())}
                      </UnstyledButton>
                    ) : (
                      flexRender(cell.column.columnDef.cell, cell.getContext())
                    )}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Draws only the rows that are in the window, which is what scrolls. */
function useVirtualRows(rows: number) {
  const body = useRef<HTMLDivElement>(null);
  const [scroller, setScroller] = useState<Element | null>(null);
  useLayoutEffect(() => setScroller(body.current?.closest(`.${classes.scroll}`) ?? null), []);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  return { body, virtual };
}

interface HeadingProps {
  id: string;
  label: string;
  sort: Sort;
  onSort: (sort: Sort) => void;
}

function Heading({ id, label, sort, onSort }: HeadingProps) {
  const by = sortable[id];
  if (by === undefined)
    return (
      <div role="columnheader" className={classes.cell}>
        {label}
      </div>
    );
  const ascending = sort === by;
  const descending = sort === `-${by}`;
  const Arrow = descending ? IconArrowDown : IconArrowUp;
  return (
    <div
      role="columnheader"
      className={classes.cell}
      aria-sort={ascending ? 'ascending' : descending ? 'descending' : 'none'}
    >
      <UnstyledButton className={classes.sort} onClick={() => onSort(ascending ? `-${by}` : by)}>
        {label}
        {(ascending || descending) && <Arrow size={13} aria-hidden />}
      </UnstyledButton>
    </div>
  );
}
