import { Table } from '@mantine/core';
import type { CSSProperties, ReactNode } from 'react';

import classes from './ListTable.module.css';

interface Props {
  label: string;
  /** In pixels. Where there is less room the table scrolls sideways, but on a phone, where it has fewer columns. */
  minWidth: number;
  /** What is shown is of another page or filter, and what was asked for is on its way. */
  stale?: boolean;
  /** Columns have the widths that are given, whatever is in them. */
  fixed?: boolean;
  children: ReactNode;
}

/** The table of a list. Columns that a phone has no room for are `visibleFrom="sm"`, and what they say stands in others. */
export function ListTable({ label, minWidth, stale = false, fixed = false, children }: Props) {
  const style = { '--list-width': `${minWidth}px`, opacity: stale ? 0.6 : 1 } as CSSProperties;
  return (
    <div className={classes.scroll} style={style}>
      <Table aria-label={label} className={classes.table} layout={fixed ? 'fixed' : 'auto'}>
        {children}
      </Table>
    </div>
  );
}
