import { Text, Tooltip, type TextProps } from '@mantine/core';

import { useNow } from '../time/now';
import { dayAndTime, exact, relative } from '../time/words';
import { sameClock, viewerZone } from '../time/zone';

interface Props extends TextProps {
  at: string;
  /** The contact's or campaign's zone, which is told too where it differs from the viewer's. */
  zone?: string;
  /** Shown as day and time rather than relative to now. */
  absolute?: boolean;
}

/** An instant: relative, with the exact time on hover or focus, by the viewer's clock and the contact's. */
export function Moment({ at, zone, absolute = false, ...text }: Props) {
  const now = useNow();
  const instant = new Date(at);
  const others = zone !== undefined && !sameClock(zone, viewerZone, instant) ? zone : undefined;
  return (
    <Tooltip
      label={
        <>
          <div>{exact(instant, viewerZone)}</div>
          {others !== undefined && <div>{exact(instant, others)}</div>}
        </>
      }
    >
      <Text component="time" dateTime={at} inherit {...text}>
        {absolute ? dayAndTime(instant, viewerZone, now) : relative(instant, now)}
      </Text>
    </Tooltip>
  );
}
