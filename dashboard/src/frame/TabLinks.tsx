import { Link, type LinkProps } from '@tanstack/react-router';

import classes from './TabLinks.module.css';

interface Props {
  label: string;
  tabs: readonly { label: string; active: boolean; link: Pick<LinkProps, 'to' | 'params' | 'search'> }[];
}

/** Tabs that have addresses of their own, and so are links. */
export function TabLinks({ label, tabs }: Props) {
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map(({ label: name, active, link }) => (
        <Link
          key={name}
          {...link}
          activeOptions={{ exact: true }}
          className={classes.tab}
          aria-current={active ? 'page' : undefined}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
