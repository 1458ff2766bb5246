import { useRef } from 'react';

import classes from './WeekGrid.module.css';
import { dayNames, days, isOpen, painted, type Day, type Week } from './week';

interface Props {
  label: string;
  week: Week;
  onChange: (week: Week) => void;
  readOnly: boolean;
}

const hours = Array.from({ length: 24 }, (_, hour) => hour);

/** The hours of a week, to be painted with a mouse or finger; the list beside it is for keys and minutes. */
export function WeekGrid({ label, week, onChange, readOnly }: Props) {
  const painting = useRef<{ open: boolean; week: Week } | null>(null);
  const paint = (day: Day, hour: number) => {
    const brush = painting.current;
    if (brush === null) return;
    brush.week = painted(brush.week, day, hour, brush.open);
    onChange(brush.week);
  };
  const begin = (day: Day, hour: number) => {
    if (readOnly) return;
    painting.current = { open: !isOpen(week, day, hour), week };
    paint(day, hour);
  };
  return (
    <div
      className={classes.grid}
      role="img"
      aria-label={`${label}: ${inWords(week)}`}
      onPointerUp={() => (painting.current = null)}
      onPointerLeave={() => (painting.current = null)}
    >
      <span />
      {hours.map((hour) => (
        <span key={hour} className={classes.hour}>
          {hour % 3 === 0 ? String(hour).padStart(2, '0') : ''}
        </span>
      ))}
      {days.map((day) => (
        <div key={day} className={classes.row}>
          <span className={classes.day}>{dayNames[day]}</span>
          {hours.map((hour) => (
            <span
              key={hour}
              className={classes.cell}
              data-day={day}
              data-hour={hour}
              style={{ backgroundImage: shade(week, day, hour) }}
              onPointerDown={(event) => {
                // A finger would otherwise stay with the cell on which it began.
                if (event.currentTarget.hasPointerCapture(event.pointerId))
                  event.currentTarget.releasePointerCapture(event.pointerId);
                begin(day, hour);
              }}
              onPointerEnter={() => paint(day, hour)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

/** The part of an hour that is open. */
function shade(week: Week, day: Day, hour: number): string {
  const from = hour * 60;
  const parts = week[day]
    .map((span) => ({ from: Math.max(span.from - from, 0), to: Math.min(span.to - from, 60) }))
    .filter((part) => part.from < part.to);
  if (parts.length === 0) return 'none';
  const open = 'var(--open)';
  const stops = parts.map(
    ({ from: a, to: b }) =>
      `transparent ${(a / 60) * 100}%, ${open} ${(a / 60) * 100}% ${(b / 60) * 100}%, transparent ${(b / 60) * 100}%`,
  );
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

function inWords(week: Week): string {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const words = days.map((day) => {
    const spans = week[day].map(({ from, to }) => `${clock(from)} to ${clock(to)}`);
    return `${dayNames[day]} ${spans.length === 0 ? 'closed' : spans.join(' and ')}`;
  });
  return words.join(', ');
}
