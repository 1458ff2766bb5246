import { notifications } from '@mantine/notifications';

/** Says what was done, for some seconds. What went wrong is said where it was tried. */
export function notify(message: string): void {
  notifications.show({ message, closeButtonProps: { 'aria-label': 'Close' } });
}
