import { Box, Breadcrumbs, Group, Text, Title } from '@mantine/core';
import { useDocumentTitle, useElementSize } from '@mantine/hooks';
import type { LinkProps } from '@tanstack/react-router';
import { useLayoutEffect, type ReactNode } from 'react';

import { TextLink } from './links';
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

/** Above the header's content, and the line beneath it. */
const headerPadding = 13;

/** A page: breadcrumb and title, which stay while the content scrolls, and the content. */
export function Page({ title, crumbs = [], beside, actions, below, children }: Props) {
  useDocumentTitle(`${title} · Beckon`);
  const { ref, height } = useElementSize<HTMLElement>();
  useLayoutEffect(() => {
    // What is sticky beneath the header, and as high as what is left, must know how high it is.
    document.documentElement.style.setProperty('--page-header-height', `${height + headerPadding}px`);
  }, [height]);
  return (
    <>
      <Box component="header" ref={ref} className={classes.header}>
        <div className={classes.width}>
          {crumbs.length > 0 && (
            <Breadcrumbs separatorMargin={6} fz="sm" component="nav" aria-label="Breadcrumb">
              {crumbs.map(({ label, to }) => (
                <TextLink key={label} to={to} inherit c="dimmed">
                  {label}
                </TextLink>
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
