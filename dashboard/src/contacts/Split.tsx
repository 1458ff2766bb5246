import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { ReactNode } from 'react';

import classes from './Split.module.css';

interface Props {
  /** What the panel shows. */
  label: string;
  children: ReactNode;
  /** What is open beside the list; false where nothing is. */
  panel: ReactNode | false;
  onClose: () => void;
}

/** A list, and what is open of it: beside it on wide screens, over it on narrow ones. */
export function Split({ label, children, panel, onClose }: Props) {
  const wide = useMediaQuery('(min-width: 75em)', undefined, { getInitialValueInEffect: false });
  if (!wide)
    return (
      <>
        {children}
        <Drawer.Root
          opened={panel !== false}
          onClose={onClose}
          position="right"
          size="lg"
          transitionProps={{ duration: 120 }}
        >
          <Drawer.Overlay />
          <Drawer.Content aria-label={label}>
            <Drawer.Body p={0}>{panel}</Drawer.Body>
          </Drawer.Content>
        </Drawer.Root>
      </>
    );
  return (
    <div className={panel === false ? undefined : classes.split}>
      <div className={classes.list}>{children}</div>
      {panel !== false && (
        <aside className={classes.panel} aria-label={label}>
          {panel}
        </aside>
      )}
    </div>
  );
}
