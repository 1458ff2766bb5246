import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';

import { Problem } from '../api/problem';
import type { User } from '../api/types';
import { useResetLink, useUserCall, type UserCall } from '../api/users';
import { Confirm } from '../display/Confirm';
import { ShownOnce } from '../display/ShownOnce';
import { notify } from '../frame/notify';
import { useSession } from '../session/session';
import { untilWhen } from './link';
import { RoleChoice } from './RoleChoice';

export type UserAct = 'edit' | 'link' | 'disable' | 'enable' | 'delete';

interface Props {
  user: User;
  onClose: () => void;
}

/** What is asked before something is done to a user. */
export function UserDialog({ act, ...props }: Props & { act: UserAct }) {
  if (act === 'edit') return <EditUser {...props} />;
  if (act === 'link') return <NewLink {...props} />;
  return <Asked act={act} {...props} />;
}

/** The API keeps the last administrator; why is said in the dashboard's words. */
function explained(error: Error | null): Error | null {
  if (error instanceof Problem && error.code === 'last_administrator')
    return new Error('This is the last administrator who can sign in. Make somebody else one first');
  return error;
}

function EditUser({ user, onClose }: Props) {
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState(user.role);
  const own = useSession().id === user.id;
  const call = useUserCall(user.id);
  const refused = call.error instanceof Problem ? call.error : null;
  const save = () => {
    const patch = { ...(name.trim() !== user.name && { name }), ...(role !== user.role && { role }) };
    if (Object.keys(patch).length === 0) onClose();
    else
      call.mutate(
        { act: 'update', patch },
        {
          onSuccess: () => {
            notify(`${name.trim()} is changed.`);
            onClose();
          },
        },
      );
  };
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`Change ${user.name}`}
      act="Save"
      busy={call.isPending}
      error={explained(call.error)}
      incomplete={name.trim() === ''}
      onConfirm={save}
    >
      <TextInput
        label="Name"
        maxLength={200}
        value={name}
        error={refused?.at('/name')}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleChoice value={role} onChange={setRole} error={refused?.at('/role')} />
      {role !== user.role && (
        <Text size="sm">
          {own
            ? 'This is you: all your sessions end, and you sign in again with the new role.'
            : 'All sessions of the user end, so that the new role holds at once.'}
        </Text>
      )}
    </Confirm>
  );
}

function NewLink({ user, onClose }: Props) {
  const make = useResetLink(user.id);
  const invited = user.status === 'invited';
  if (make.data !== undefined)
    return (
      <ShownOnce title={`A link for ${user.name}`} label="Link" text={make.data.link} onClose={onClose}>
        Beckon does not send it: pass it on yourself, now, since it is shown this once. It can be used once,{' '}
        {untilWhen(make.data)}.
      </ShownOnce>
    );
  return (
    <Confirm
      opened
      onClose={onClose}
      title={invited ? `Invite ${user.name} again?` : `Let ${user.name} set another password?`}
      act="Make a link"
      busy={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate()}
    >
      <Text size="sm">
        Earlier links of the user are good for nothing any more.
        {!invited && ' The present password works until the new link is used; then all sessions of the user end.'}
      </Text>
    </Confirm>
  );
}

const asked = {
  disable: {
    act: 'Disable',
    effect: 'They cannot sign in any more, and all their sessions end at once. What they did stays on record.',
    call: { act: 'update', patch: { disabled: true } },
    done: 'is disabled',
  },
  enable: {
    act: 'Enable',
    effect: 'They can sign in again, with the password that they had.',
    call: { act: 'update', patch: { disabled: false } },
    done: 'is enabled',
  },
  delete: {
    act: 'Delete',
    effect:
      'They cannot sign in any more, and all their sessions end at once. What they did stays on record. This cannot be undone.',
    call: { act: 'delete' },
    done: 'is deleted',
  },
} satisfies Record<string, { act: string; effect: string; call: UserCall; done: string }>;

function Asked({ act, user, onClose }: Props & { act: keyof typeof asked }) {
  const call = useUserCall(user.id);
  const own = useSession().id === user.id;
  const look = asked[act];
  return (
    <Confirm
      opened
      onClose={onClose}
      title={`${look.act} ${user.name}?`}
      act={look.act}
      grave={act !== 'enable'}
      busy={call.isPending}
      error={explained(call.error)}
      onConfirm={() =>
        call.mutate(look.call, {
          onSuccess: () => {
            notify(`${user.name} ${look.done}.`);
            onClose();
          },
        })
      }
    >
      <Text size="sm">
        {own && act !== 'enable' && 'This is you. '}
        {look.effect}
      </Text>
    </Confirm>
  );
}
