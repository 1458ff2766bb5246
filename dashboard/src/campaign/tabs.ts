/** The tabs of a campaign's page, in order. */
export const tabs = [
  { name: 'contacts', label: 'Contacts', to: '/campaigns/$campaignId/contacts' },
  { name: 'settings', label: 'Settings', to: '/campaigns/$campaignId/settings' },
] as const;
