import { Tooltip } from '@mantine/core';

import type { ContactStatus, Progress } from '../api/types';
import classes from './CountBar.module.css';
import { contactStatuses, contactStatusOrder } from './contactStatus';

interface Props {
  counts: Progress['counts'];
  total: number;
  /** What a click on a part does; without it the bar is a picture alone. */
  onPick?: (status: ContactStatus) => void;
  thick?: boolean;
}

/** How many contacts have each status, as one bar. */
export function CountBar({ counts, total, onPick, thick = false }: Props) {
  const parts = contactStatusOrder.filter((status) => counts[status] > 0);
  const words = parts.map((status) => `${counts[status].toLocaleString('en')} ${contactStatuses[status].label}`);
  const bar = parts.map((status) => {
    const { label, color } = contactStatuses[status];
    const text = `${label}: ${counts[status].toLocaleString('en')} of ${total.toLocaleString('en')}`;
    const style = { flexGrow: counts[status], background: color };
    return (
      <Tooltip key={status} label={text} openDelay={0}>
        {onPick === undefined ? (
          <span className={classes.part} style={style} />
        ) : (
          <button
            type="button"
            className={classes.part}
            style={style}
            aria-label={`Show ${text}`}
            onClick={() => onPick(status)}
          />
        )}
      </Tooltip>
    );
  });
  const size = thick ? classes.thick : classes.thin;
  if (onPick !== undefined) return <div className={`${classes.bar} ${size}`}>{bar}</div>;
  return (
    <div
      className={`${classes.bar} ${size}`}
      role="img"
      aria-label={words.length === 0 ? 'No contacts' : words.join(', ')}
    >
      {bar}
    </div>
  );
}
