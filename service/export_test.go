package service

import "context"

// ExamineSendGrid is the part of the Doctor that asks SendGrid for its settings.
func ExamineSendGrid(ctx context.Context, config Config) []Finding {
	d := &doctor{config: config}
	d.sendGrid(ctx)
	return d.findings
}

// ExamineTwilio is the part of the Doctor that asks Twilio for what it has.
func ExamineTwilio(ctx context.Context, config Config) []Finding {
	d := &doctor{config: config}
	d.twilio(ctx)
	return d.findings
}
