import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';

import { campaignQuery } from '../api/campaigns';
import { contactsQuery } from '../api/contacts';
import { count } from '../display/count';
import { Failed } from '../display/Failed';
import { LoadingRows } from '../frame/Loading';
import { Bulk } from './Bulk';
import { ContactFilters } from './ContactFilters';
import { ContactPanel } from './ContactPanel';
import { ContactTable } from './ContactTable';
import { NoContacts } from './NoContacts';
import { Pages } from './Pages';
import { filterOf, type ContactsSearch, type Way } from './search';
import { useSelection } from './selection';
import { Split } from './Split';

// What is opened on demand is loaded on demand.
const AddContacts = lazy(() => import('./AddContacts').then((module) => ({ default: module.AddContacts })));

const perPage = 200;
const route = getRouteApi('/frame/campaigns/$campaignId/contacts');

/** A campaign's contacts: the table, and beside it the one that is open. */
export function ContactsTab() {
  const { campaignId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data: campaign } = useQuery(campaignQuery(campaignId));
  const filter = filterOf(search);
  const page = search.page ?? 1;
  const { data, error, isPlaceholderData, refetch } = useQuery(
    contactsQuery(campaignId, { ...filter, sort: search.sort ?? 'createdAt', page, perPage }),
  );
  const selection = useSelection(JSON.stringify(filter));
  const change = (changes: Partial<ContactsSearch>) =>
    void navigate({ search: (before) => ({ ...before, page: undefined, ...changes }), replace: true });
  const open = (contact: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, contact }), replace: true });
  const add = (way: Way | undefined) => void navigate({ search: (before) => ({ ...before, add: way }), replace: true });
  const filtered = Object.keys(filter).length > 0;
  return (
    <Split
      label="Contact"
      panel={
        search.contact !== undefined &&
        campaign !== undefined && (
          <ContactPanel
            key={search.contact}
            campaign={campaign}
            contactId={search.contact}
            onClose={() => open(undefined)}
          />
        )
      }
      onClose={() => open(undefined)}
    >
      <Stack gap="sm">
        <ContactFilters
          search={search}
          onChange={change}
          onAdd={() => add('csv')}
          campaign={campaign}
          found={data && count(data.total, 'contact')}
        />
        {error !== null && data === undefined && (
          <Failed title="The contacts could not be shown" error={error} onRetry={() => void refetch()} />
        )}
        {data === undefined && error === null && <LoadingRows rows={12} />}
        {data !== undefined && data.data.length === 0 && <NoContacts filtered={filtered} onAdd={() => add('csv')} />}
        {data !== undefined && data.data.length > 0 && (
          <>
            <Bulk campaignId={campaignId} selection={selection} filter={filter} total={data.total} />
            <ContactTable
              contacts={data.data}
              stale={isPlaceholderData}
              sort={search.sort ?? 'createdAt'}
              onSort={(sort) => change({ sort: sort === 'createdAt' ? undefined : sort })}
              selection={selection}
              opened={search.contact}
              onOpen={open}
            />
            <Pages
              page={page}
              perPage={perPage}
              total={data.total}
              onChange={(to) => change({ page: to === 1 ? undefined : to })}
            />
          </>
        )}
      </Stack>
      {campaign !== undefined && search.add !== undefined && (
        <Suspense>
          <AddContacts
            campaign={campaign}
            way={search.add}
            onWay={add}
            onClose={() => add(undefined)}
            onAdded={(contact) =>
              void navigate({ search: (before) => ({ ...before, add: undefined, contact }), replace: true })
            }
          />
        </Suspense>
      )}
    </Split>
  );
}
