import { Button, PasswordInput, Text, TextInput } from '@mantine/core';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';

import { Problem } from '../api/problem';
import { useSignIn } from '../api/session';
import { Failed } from '../display/Failed';
import { Door } from './Door';

const route = getRouteApi('/sign-in');

/** Signs in, and goes on to where one wanted to go. */
export function SignInPage() {
  const { return: to } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Door title="Sign in">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate(
            { email, password },
            { onSuccess: () => router.history.push(to ?? '/campaigns'), onError: () => setPassword('') },
          );
        }}
        style={{ display: 'contents' }}
      >
        <TextInput
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {signIn.error !== null && <Failed title="You are not signed in" error={inWords(signIn.error)} />}
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
      <Text size="sm" c="dimmed">
        Nobody can be sent a forgotten password: an administrator makes you a link by which you set another.
      </Text>
    </Door>
  );
}

/** Which of the two is wrong is told to nobody. */
function inWords(error: Error): Error {
  if (!(error instanceof Problem)) return error;
  if (error.status === 401) return new Error('E-mail or password is wrong, or the account is disabled');
  if (error.status === 429) return new Error('There were too many tries. Wait some minutes, and try again');
  return error;
}
