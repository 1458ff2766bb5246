import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];

export type FieldError = Schemas['FieldError'];
export type Channel = Schemas['Channel'];
export type Role = Schemas['Role'];

export type Campaign = Schemas['Campaign'];
export type CampaignStatus = Schemas['CampaignStatus'];
export type CampaignSettings = Schemas['CampaignSettings'];
export type NewCampaign = Schemas['NewCampaign'];
export type ControlResult = Schemas['ControlResult'];
export type Progress = Schemas['Progress'];
export type Performance = Schemas['Performance'];
export type PerformanceTotals = Schemas['PerformanceTotals'];
export type Window = Schemas['Window'];
export type EligibilityRule = Schemas['EligibilityRule'];

export type Contact = Schemas['Contact'];
export type ContactDetail = Schemas['ContactDetail'];
export type ContactStatus = Schemas['ContactStatus'];
export type ContactFilter = Schemas['ContactFilter'];
export type ContactPatch = Schemas['ContactPatch'];
export type NewContact = Schemas['NewContact'];
export type StatusReason = Schemas['StatusReason'];
export type Waiting = Schemas['Waiting'];
export type WaitingReason = Schemas['WaitingReason'];
export type PlannedOutreach = Schemas['PlannedOutreach'];
export type PastOutreach = Schemas['PastOutreach'];
export type OutreachEdit = Schemas['OutreachEdit'];
export type OutreachState = Schemas['OutreachState'];
export type Outcome = Schemas['Outcome'];
export type Response = Schemas['Response'];
export type BulkAction = Schemas['BulkAction'];
export type ReviewItem = Schemas['ReviewItem'];

export type Import = Schemas['Import'];
export type ImportPreview = Schemas['ImportPreview'];
export type Mapping = Schemas['Mapping'];
export type EmailImport = Schemas['EmailImport'];
export type EmailImportSettings = Omit<Schemas['EmailImportSettings'], 'mapping' | 'regenerate'> & {
  mapping: Mapping | null;
  regenerate: boolean;
};
export type SourceKind = Schemas['SourceKind'];

/** The query parameters of an operation. */
export type QueryOf<Operation extends keyof operations> = NonNullable<operations[Operation]['parameters']['query']>;

export type Caller = Schemas['Caller'];
export type Credentials = Schemas['Credentials'];
export type LinkUse = Schemas['LinkUse'];
export type PasswordChange = Schemas['PasswordChange'];

export type User = Schemas['User'];
export type NewUser = Schemas['NewUser'];
export type UserPatch = Schemas['UserPatch'];
export type OneTimeLink = Schemas['OneTimeLink'];

export type APIKey = Schemas['APIKey'];
export type NewAPIKey = Schemas['NewAPIKey'];
export type KeyAction = Schemas['KeyAction'];

export type Suppression = Schemas['Suppression'];
export type SuppressionChannel = Schemas['SuppressionChannel'];
export type SuppressionReason = Schemas['SuppressionReason'];
export type NewSuppression = Schemas['NewSuppression'];
export type SuppressionImport = Schemas['SuppressionImport'];
export type ImportError = Schemas['ImportError'];

export type Installation = Schemas['Settings'];
export type InstallationPatch = Schemas['SettingsPatch'];
export type Sender = Schemas['Sender'];

export type AuditAction = Schemas['AuditAction'];
export type AuditRecord = Schemas['AuditRecord'];

export type ContactKey = Schemas['ContactKey'];
