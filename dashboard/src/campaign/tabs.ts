/** The tabs of a campaign's page, in order. */
export const tabs = [
  { name: 'contacts', label: 'Contacts', to: '/campaigns/$campaignId/contacts' },
  { name: 'performance', label: 'Performance', to: '/campaigns/$campaignId/performance' },
  { name: 'imports', label: 'Imports', to: '/campaigns/$campaignId/imports' },
  { name: 'settings', label: 'Settings', to: '/campaigns/$campaignId/settings' },
] as const;
