import { Anchor, Table, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import { actorsQuery } from '../api/audit';
import type { AuditRecord } from '../api/types';
import { CampaignName } from '../display/CampaignName';
import { ListTable } from '../display/ListTable';
import { Moment } from '../display/Moment';
import { TextLink } from '../frame/links';
import classes from './AuditTable.module.css';
import type { AuditSearch } from './search';
import { actorKinds, auditActions, detailsOf } from './words';

interface Props {
  records: readonly AuditRecord[];
  stale: boolean;
  onFilter: (changes: Partial<AuditSearch>) => void;
}

/** What was done, the newest first. A click on whom or on "only" narrows the log. */
export function AuditTable({ records, stale, onFilter }: Props) {
  return (
    <ListTable label="Audit log" minWidth={720} stale={stale}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={140} visibleFrom="sm">
            When
          </Table.Th>
          <Table.Th w={{ base: 110, sm: 160, lg: 200 }}>Who</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>To what</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {records.map((record) => (
          <Table.Tr key={record.id} className={classes.row}>
            <Table.Td visibleFrom="sm">
              <Moment at={record.at} absolute />
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Who record={record} onFilter={onFilter} />
              <Text size="xs" c="dimmed" hiddenFrom="sm" component="div">
                <Moment at={record.at} absolute />
              </Text>
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Text size="sm">{auditActions[record.action]}</Text>
              {detailsOf(record).map((part) => (
                <Text key={part} size="xs" c="dimmed">
                  {part}
                </Text>
              ))}
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere' }}>
              <Record record={record} onFilter={onFilter} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ListTable>
  );
}

function Who({ record: { actor }, onFilter }: { record: AuditRecord; onFilter: Props['onFilter'] }) {
  return (
    <>
      <UnstyledButton
        className={classes.who}
        title="Only what they did"
        onClick={() => onFilter({ by: actor.id ?? actor.kind })}
      >
        <bdi>{actor.name === '' ? actorKinds[actor.kind].one : actor.name}</bdi>
      </UnstyledButton>
      {actor.kind !== 'user' && actor.name !== '' && (
        <Text size="xs" c="dimmed">
          {actorKinds[actor.kind].one}
        </Text>
      )}
    </>
  );
}

/** What a record is about: its campaign and contact, or the user, the key or whatever it was done to. */
function Record({ record, onFilter }: { record: AuditRecord; onFilter: Props['onFilter'] }) {
  const { campaignId, contactId, outreachId, subjectId } = record;
  return (
    <>
      {campaignId !== null && (
        <Text size="sm" component="div" className={classes.link}>
          <CampaignName id={campaignId} />
        </Text>
      )}
      {campaignId !== null && contactId !== null && (
        <Text size="xs" component="div" className={classes.link}>
          <TextLink
            inherit
            to="/campaigns/$campaignId/contacts"
            params={{ campaignId }}
            search={{ contact: contactId }}
            title={contactId}
          >
            The contact
          </TextLink>
          {' · '}
          <Anchor component="button" type="button" inherit onClick={() => onFilter({ contact: contactId })}>
            only this contact
          </Anchor>
        </Text>
      )}
      {subjectId !== null && subjectId !== contactId && subjectId !== campaignId && <Subject id={subjectId} />}
      {outreachId !== null && (
        <Text size="xs" c="dimmed">
          Outreach {outreachId}
        </Text>
      )}
    </>
  );
}

/** A user or key by its name, where it is still there; else the id. */
function Subject({ id }: { id: string }) {
  const { data } = useQuery(actorsQuery);
  const found = [...(data?.users ?? []), ...(data?.keys ?? [])].find((one) => one.id === id);
  return (
    <Text size={found === undefined ? 'xs' : 'sm'} c={found === undefined ? 'dimmed' : undefined} title={id}>
      {found === undefined ? id : <bdi>{found.name}</bdi>}
    </Text>
  );
}
