import { Button, PasswordInput, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { Problem } from '../api/problem';
import { linkQuery, useLink } from '../api/session';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { ButtonLink } from '../frame/links';
import { Door } from './Door';
import { linkToken } from './token';

/** Sets a password by a one-time link, and signs in. */
export function LinkPage() {
  const { data: link, error } = useQuery({ ...linkQuery(linkToken), enabled: linkToken !== '' });
  const use = useLink();
  const navigate = useNavigate();
  const [given, setGiven] = useState<{ name?: string; email?: string }>({});
  const [password, setPassword] = useState('');
  if (linkToken === '' || (error instanceof Problem && error.status === 404))
    return (
      <Door title="The link is no good">
        <Text>It was used already, or has expired. An administrator can make you another.</Text>
        <ButtonLink to="/sign-in">To the sign-in</ButtonLink>
      </Door>
    );
  if (error !== null)
    return (
      <Door title="Set a password">
        <Failed title="The link could not be looked up" error={error} />
      </Door>
    );
  if (link === undefined)
    return (
      <Door title="Set a password">
        <LoadingRows rows={3} />
      </Door>
    );
  const makes = link.kind === 'setup' || link.kind === 'recovery';
  const name = given.name ?? link.name ?? '';
  const email = given.email ?? link.email ?? '';
  const refused = use.error instanceof Problem ? use.error : null;
  return (
    <Door title={makes ? 'Make an administrator' : 'Set your password'}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          use.mutate(
            { token: linkToken, password, name, ...(makes && { email }) },
            { onSuccess: () => void navigate({ to: '/campaigns', replace: true }) },
          );
        }}
        style={{ display: 'contents' }}
      >
        <TextInput
          label="Name"
          description="What you do is put on record under it."
          autoComplete="name"
          required
          value={name}
          error={refused?.at('/name')}
          onChange={(event) => setGiven({ ...given, name: event.currentTarget.value })}
        />
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          readOnly={!makes}
          value={email}
          error={refused?.at('/email')}
          onChange={(event) => setGiven({ ...given, email: event.currentTarget.value })}
        />
        <PasswordInput
          label="Password"
          description="At least 12 characters."
          autoComplete="new-password"
          required
          value={password}
          error={refused?.at('/password')}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {use.error !== null && <Failed title="The password was not set" error={use.error} />}
        <Button type="submit" loading={use.isPending}>
          Set the password and sign in
        </Button>
      </form>
    </Door>
  );
}
