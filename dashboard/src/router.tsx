import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { campaignsSearch } from './campaigns/search';
import { Broken } from './frame/Broken';
import { Frame } from './frame/Frame';
import { LoadingPage } from './frame/Loading';
import { NotFound } from './frame/NotFound';

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

export const campaignsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/campaigns',
  validateSearch: campaignsSearch,
  component: lazyRouteComponent(() => import('./campaigns/CampaignsPage'), 'CampaignsPage'),
});

const routeTree = rootRoute.addChildren([homeRoute, frameRoute.addChildren([campaignsRoute])]);

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
