import type { Campaign, ContactStatus, Progress, WaitingReason } from '../api/types';

/** A draft, with the members that a test is about. */
export function campaignOf(members: Partial<Campaign> = {}): Campaign {
  return {
    id: '0197f3a0-0000-7000-8000-000000000001',
    name: 'Spring',
    type: 'one_time',
    status: 'draft',
    channels: ['email'],
    objective: 'Invite',
    instructions: '',
    timezone: 'UTC',
    defaultRegion: 'US',
    startDate: null,
    endDate: null,
    executionMode: 'automatic',
    scheduledAt: null,
    manualReview: false,
    maxAttempts: 1,
    minHoursBetweenAttempts: 24,
    quietHours: 'us',
    windows: { text: [], phone: [], email: [] },
    eligibility: { rules: [], prompt: null },
    inbound: { enabled: false },
    sender: {},
    frequencyCap: null,
    guardrails: { bouncePercent: 5, complaintPercent: 0.1, minSends: 100 },
    consentBasis: null,
    contactCount: 0,
    contactsUrl: '/api/v1/campaigns/0197f3a0-0000-7000-8000-000000000001/contacts',
    pauseReason: null,
    createdAt: '2030-01-01T00:00:00Z',
    updatedAt: '2030-01-01T00:00:00Z',
    liveAt: null,
    archivedAt: null,
    goLiveProblems: [],
    ...members,
  };
}

/** Counts of contacts: those that are given, and zero of all others. */
export function progressOf(
  given: Partial<Record<ContactStatus, number>>,
  waiting: Partial<Record<WaitingReason, number>> = {},
): Progress {
  const counts = {
    not_started: 0,
    planning: 0,
    awaiting_execution: 0,
    awaiting_approval: 0,
    executing: 0,
    completed: 0,
    disqualified: 0,
    disabled: 0,
    campaign_paused: 0,
    ...given,
  };
  return {
    campaignId: '0197f3a0-0000-7000-8000-000000000001',
    status: 'active',
    total: Object.values(counts).reduce((sum, n) => sum + n, 0),
    counts,
    underlying: counts,
    waiting,
    attempts: 0,
    unconfirmed: 0,
    inFlight: 0,
    workflow: null,
    stale: false,
    asOf: '2030-01-01T00:00:00Z',
  };
}
