import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { Problem } from './api/problem';
import { sessionQuery } from './api/session';
import { auditSearch } from './audit/search';
import { campaignsSearch } from './campaigns/search';
import { contactsSearch } from './contacts/search';
import { Broken } from './frame/Broken';
import { Frame } from './frame/Frame';
import { LoadingPage } from './frame/Loading';
import { NotFound } from './frame/NotFound';
import { pageSearch } from './frame/pageSearch';
import { importsSearch } from './imports/search';
import { performanceSearch } from './performance/search';
import { reviewSearch } from './review/search';
import { sandboxSearch } from './sandbox/search';
import { signInSearch } from './session/search';
import { SignInPage } from './session/SignInPage';
import { settingsSearch } from './settings/search';
import { suppressionsSearch } from './suppressions/search';

interface Context {
  queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound });

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  notFoundComponent: NotFound,
  // Nothing is shown before it is known who looks.
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.query({ ...sessionQuery, staleTime: 'static' });
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        throw redirect({ to: '/sign-in', search: { return: location.href }, replace: true });
      throw error;
    }
  },
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: signInSearch,
  component: SignInPage,
});

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/link',
  component: lazyRouteComponent(() => import('./session/LinkPage'), 'LinkPage'),
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/campaigns', replace: true });
  },
});

const campaignsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/campaigns',
  validateSearch: campaignsSearch,
  component: lazyRouteComponent(() => import('./campaigns/CampaignsPage'), 'CampaignsPage'),
});

const newCampaignRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/campaigns/new',
  component: lazyRouteComponent(() => import('./campaigns/NewCampaignPage'), 'NewCampaignPage'),
});

const campaignRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/campaigns/$campaignId',
  component: lazyRouteComponent(() => import('./campaign/CampaignPage'), 'CampaignPage'),
});

const campaignHomeRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/campaigns/$campaignId/contacts', params, replace: true });
  },
});

const contactsRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: 'contacts',
  validateSearch: contactsSearch,
  component: lazyRouteComponent(() => import('./contacts/ContactsTab'), 'ContactsTab'),
});

const performanceRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: 'performance',
  validateSearch: performanceSearch,
  component: lazyRouteComponent(() => import('./performance/PerformanceTab'), 'PerformanceTab'),
});

const importsRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: 'imports',
  validateSearch: importsSearch,
  component: lazyRouteComponent(() => import('./imports/ImportsTab'), 'ImportsTab'),
});

const settingsRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: 'settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./settings/SettingsTab'), 'SettingsTab'),
});

const reviewRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/review',
  validateSearch: reviewSearch,
  component: lazyRouteComponent(() => import('./review/ReviewPage'), 'ReviewPage'),
});

const suppressionsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/suppressions',
  validateSearch: suppressionsSearch,
  component: lazyRouteComponent(() => import('./suppressions/SuppressionsPage'), 'SuppressionsPage'),
});

const auditRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/audit',
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import('./audit/AuditPage'), 'AuditPage'),
});

const installationRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('./installation/InstallationPage'), 'InstallationPage'),
});

const usersRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/users',
  validateSearch: pageSearch,
  component: lazyRouteComponent(() => import('./users/UsersPage'), 'UsersPage'),
});

const keysRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/api-keys',
  validateSearch: pageSearch,
  component: lazyRouteComponent(() => import('./keys/KeysPage'), 'KeysPage'),
});

const sandboxRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/sandbox',
  validateSearch: sandboxSearch,
  component: lazyRouteComponent(() => import('./sandbox/SandboxPage'), 'SandboxPage'),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  signInRoute,
  linkRoute,
  frameRoute.addChildren([
    campaignsRoute,
    newCampaignRoute,
    reviewRoute,
    suppressionsRoute,
    auditRoute,
    installationRoute,
    usersRoute,
    keysRoute,
    sandboxRoute,
    campaignRoute.addChildren([campaignHomeRoute, contactsRoute, performanceRoute, importsRoute, settingsRoute]),
  ]),
]);

/** Makes the router: which page stands at which address. */
export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree,
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: Broken,
    defaultPendingComponent: LoadingPage,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
