import type { ReactNode } from 'react';

import { Page } from '../frame/Page';
import { TabLinks } from '../frame/TabLinks';
import { useDenied } from '../session/may';

interface Props {
  tab: 'installation' | 'users' | 'api-keys';
  actions?: ReactNode;
  children: ReactNode;
}

/** The pages of the installation's settings, in tabs. Those of administrators are shown to them alone. */
export function SettingsFrame({ tab, actions, children }: Props) {
  const administrator = useDenied('administrator') === undefined;
  return (
    <Page
      title="Settings"
      actions={actions}
      below={
        <TabLinks
          label="Settings"
          tabs={[
            { label: 'Installation', active: tab === 'installation', link: { to: '/settings' } },
            ...(administrator
              ? [
                  { label: 'Users', active: tab === 'users', link: { to: '/settings/users' } as const },
                  { label: 'API keys', active: tab === 'api-keys', link: { to: '/settings/api-keys' } as const },
                ]
              : []),
          ]}
        />
      }
    >
      {children}
    </Page>
  );
}
