import { Box, Stack, Text } from '@mantine/core';

import type { Channel } from '../api/types';
import classes from './OutreachView.module.css';

export interface OutreachText {
  channel: Channel;
  subject: string | null;
  body: string;
  voicemailText?: string | null;
  /** What stands before and after the body when it is sent. */
  opening?: string | null;
  closing?: string | null;
}

/** An outreach as the contact gets it: a mail as a mail, a text as a bubble, a call as a script. */
export function OutreachView({ outreach }: { outreach: OutreachText }) {
  const { channel, subject, body, voicemailText, opening, closing } = outreach;
  const whole = (
    <>
      <Added text={opening} />
      <Text inherit component="span" className={classes.body}>
        {body}
      </Text>
      <Added text={closing} />
    </>
  );
  switch (channel) {
    case 'email':
      return (
        <Box className={classes.mail}>
          <Text fw={600} className={classes.subject} dir="auto">
            {subject === null || subject === '' ? '(no subject)' : subject}
          </Text>
          <Box className={classes.text} dir="auto">
            {whole}
          </Box>
        </Box>
      );
    case 'text':
      return (
        <Box className={classes.bubble} dir="auto">
          {whole}
        </Box>
      );
    case 'phone':
      return (
        <Stack gap="xs" className={classes.call}>
          <div>
            <Text size="xs" c="dimmed">
              When a person answers
            </Text>
            <Box className={classes.text} dir="auto">
              {whole}
            </Box>
          </div>
          {voicemailText !== undefined && (
            <div>
              <Text size="xs" c="dimmed">
                When a machine answers
              </Text>
              <Box className={classes.text} dir="auto">
                {voicemailText === null || voicemailText === '' ? 'It hangs up.' : voicemailText}
              </Box>
            </div>
          )}
        </Stack>
      );
  }
}

/** What Beckon itself puts around a text; it is not the AI's, and cannot be edited. */
function Added({ text }: { text: string | null | undefined }) {
  if (text === null || text === undefined || text === '') return null;
  return (
    <Text inherit component="span" c="dimmed" className={classes.body} title="Put there by Beckon when it is sent">
      {` ${text} `}
    </Text>
  );
}
