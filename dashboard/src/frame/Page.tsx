import { Anchor, Box, Breadcrumbs, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import classes from './Page.module.css';

export interface Crumb {
  label: string;
  to: LinkProps['to'];
}

interface Props {
  title: string;
  crumbs?: readonly Crumb[];
  /** Beside the title: a badge, a fact. */
  beside?: ReactNode;
  actions?: ReactNode;
  /** Stays with the title while the content scrolls: tabs. */
  below?: ReactNode;
  children: ReactNode;
}

/** A page: breadcrumb and title, which stay while the content scrolls, and the content. */
export function Page({ title, crumbs = [], beside, actions, below, children }: Props) {
  useDocumentTitle(`${title} · Beckon`);
  return (
    <>
      <Box component="header" className={classes.header}>
        <div className={classes.width}>
          {crumbs.length > 0 && (
            <Breadcrumbs separatorMargin={6} fz="sm" component="nav" aria-label="Breadcrumb">
              {crumbs.map(({ label, to }) => (
                <Anchor key={label} component={Link} to={to} inherit c="dimmed">
                  {label}
                </Anchor>
              ))}
              <Text inherit c="dimmed" truncate maw={320} aria-current="page">
                {title}
              </Text>
            </Breadcrumbs>
          )}
          <Group justify="space-between" gap="sm" mih={36}>
            <Group gap="sm" miw={0}>
              <Title order={1} size="h3" className={classes.title} dir="auto">
                {title}
              </Title>
              {beside}
            </Group>
            {actions !== undefined && <Group gap="xs">{actions}</Group>}
          </Group>
          {below}
        </div>
      </Box>
      <div className={`${classes.width} ${classes.content}`}>{children}</div>
    </>
  );
}
