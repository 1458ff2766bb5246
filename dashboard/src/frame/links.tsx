import { Anchor, Button, NavLink, type AnchorProps, type ButtonProps, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

type Html = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'style' | 'color' | 'onChange'> & {
  ref?: Ref<HTMLAnchorElement>;
};

// Mantine's looks on the router's links, which know every page and what its address says.

/** A link in a text. */
export const TextLink = createLink((props: AnchorProps & Html) => <Anchor {...props} />);

/** A link that looks like a button. */
export const ButtonLink = createLink((props: ButtonProps & Html) => <Button component="a" {...props} />);

/** A link of a navigation. */
export const NavigationLink = createLink((props: Omit<NavLinkProps, 'onChange'> & Html) => (
  <NavLink component="a" {...props} />
));
