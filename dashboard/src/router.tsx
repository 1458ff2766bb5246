import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { campaignsSearch } from './campaigns/search';
import { contactsSearch } from './contacts/search';
import { Broken } from './frame/Broken';
import { Frame } from './frame/Frame';
import { LoadingPage } from './frame/Loading';
import { NotFound } from './frame/NotFound';
import { settingsSearch } from './settings/search';

interface Context {
  queries: QueryClient;
}

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound });

const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  component: Frame,
  notFoundComponent: NotFound,
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

const settingsRoute = createRoute({
  getParentRoute: () => campaignRoute,
  path: 'settings',
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => import('./settings/SettingsTab'), 'SettingsTab'),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  frameRoute.addChildren([
    campaignsRoute,
    newCampaignRoute,
    campaignRoute.addChildren([campaignHomeRoute, contactsRoute, settingsRoute]),
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
