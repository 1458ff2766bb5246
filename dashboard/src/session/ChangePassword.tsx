import { PasswordInput } from '@mantine/core';
import { useState } from 'react';

import { Problem } from '../api/problem';
import { useChangePassword } from '../api/session';
import { Confirm } from '../display/Confirm';
import { notify } from '../frame/notify';

/** Changes one's own password. */
export function ChangePassword({ onClose }: { onClose: () => void }) {
  const [oldPassword, setOld] = useState('');
  const [newPassword, setNew] = useState('');
  const change = useChangePassword();
  const refused = change.error instanceof Problem ? change.error : null;
  const toggle = { 'aria-label': 'Show the password' };
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Change your password"
      act="Change the password"
      busy={change.isPending}
      error={change.error}
      incomplete={oldPassword === '' || newPassword === ''}
      onConfirm={() =>
        change.mutate(
          { oldPassword, newPassword },
          {
            onSuccess: () => {
              notify('Your password is changed. All your other sessions have ended.');
              onClose();
            },
          },
        )
      }
    >
      <PasswordInput
        label="Present password"
        autoComplete="current-password"
        value={oldPassword}
        error={refused?.at('/oldPassword')}
        visibilityToggleButtonProps={toggle}
        onChange={(event) => setOld(event.currentTarget.value)}
      />
      <PasswordInput
        label="New password"
        description="At least 12 characters."
        autoComplete="new-password"
        value={newPassword}
        error={refused?.at('/newPassword')}
        visibilityToggleButtonProps={toggle}
        onChange={(event) => setNew(event.currentTarget.value)}
      />
    </Confirm>
  );
}
