import { TextInput } from '@mantine/core';
import { useState } from 'react';

import { Problem } from '../api/problem';
import type { NewUser } from '../api/types';
import { useInvite } from '../api/users';
import { Confirm } from '../display/Confirm';
import { ShownOnce } from '../display/ShownOnce';
import { untilWhen } from './link';
import { RoleChoice } from './RoleChoice';

/** Invites somebody, and shows the link by which they set a password. */
export function InviteUser({ onClose }: { onClose: () => void }) {
  const [user, setUser] = useState<NewUser>({ name: '', email: '', role: 'operator' });
  const invite = useInvite();
  const refused = invite.error instanceof Problem ? invite.error : null;
  if (invite.data !== undefined)
    return (
      <ShownOnce
        title={`${invite.data.user.name} is invited`}
        label="Link"
        text={invite.data.invitation.link}
        onClose={onClose}
      >
        Beckon does not send it: pass it on yourself, now, since it is shown this once. It can be used once,{' '}
        {untilWhen(invite.data.invitation)}.
      </ShownOnce>
    );
  return (
    <Confirm
      opened
      onClose={onClose}
      title="Invite a user"
      act="Make the invitation"
      busy={invite.isPending}
      error={refused?.at('/email') === undefined ? invite.error : null}
      incomplete={user.name.trim() === '' || user.email.trim() === ''}
      onConfirm={() => invite.mutate(user)}
    >
      <TextInput
        label="Name"
        description="What they do is put on record under it."
        data-autofocus
        maxLength={200}
        value={user.name}
        error={refused?.at('/name')}
        onChange={(event) => setUser({ ...user, name: event.currentTarget.value })}
      />
      <TextInput
        label="E-mail"
        description="They sign in with it."
        type="email"
        value={user.email}
        error={refused?.at('/email')}
        onChange={(event) => setUser({ ...user, email: event.currentTarget.value })}
      />
      <RoleChoice value={user.role} onChange={(role) => setUser({ ...user, role })} error={refused?.at('/role')} />
    </Confirm>
  );
}
