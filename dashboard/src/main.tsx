import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import '@mantine/dropzone/styles.css';
import '@mantine/notifications/styles.css';
import './main.css';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { newQueryClient } from './api/queries';
import { newRouter } from './router';
import './session/token';
import { theme } from './theme';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');

const queries = newQueryClient(signedOut);
const router = newRouter(queries);

/** Whose session has ended signs in anew, and comes back to where they were. */
function signedOut() {
  const { pathname, href } = router.state.location;
  if (pathname === '/sign-in' || pathname === '/link') return;
  void router.navigate({ to: '/sign-in', search: { return: href } }).then(() => queries.clear());
}

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
