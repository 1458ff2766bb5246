import { useQuery } from '@tanstack/react-query';

import { campaignQuery } from '../api/campaigns';
import { TextLink } from '../frame/links';

/** A campaign by its name, as a link; asked for once, and not polled. */
export function CampaignName({ id }: { id: string }) {
  const { data } = useQuery({ ...campaignQuery(id), refetchInterval: false, staleTime: 60_000 });
  return (
    <TextLink inherit to="/campaigns/$campaignId" params={{ campaignId: id }}>
      <bdi>{data?.name ?? 'a campaign'}</bdi>
    </TextLink>
  );
}
