import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ComponentPropsWithRef, MouseEventHandler } from 'react';

type Html = Omit<ComponentPropsWithRef<'button'>, keyof ButtonProps | 'onClick' | 'type'>;

interface Props extends ButtonProps, Html {
  /** Nothing where what stands around it, such as a menu, gives it something to do. */
  onClick?: MouseEventHandler<HTMLButtonElement>;
  /** Why it is not allowed now; it can then be read but not pressed. */
  denied?: string | undefined;
  type?: 'button' | 'submit';
}

/** A button that says why it cannot be pressed, to the keyboard too. */
export function Action({ denied, onClick, type = 'button', children, ...button }: Props) {
  const no = denied !== undefined;
  return (
    <Tooltip label={denied} disabled={!no}>
      <Button
        {...button}
        type={type}
        data-disabled={no || undefined}
        aria-disabled={no || undefined}
        onClick={(event) => {
          if (no) event.preventDefault();
          else onClick?.(event);
        }}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
