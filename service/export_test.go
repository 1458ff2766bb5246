package service

import "context"

// ExamineSendGrid is the part of the Doctor that asks SendGrid for its settings.
func ExamineSendGrid(ctx context.Context, config Config) []Finding {
	d := &doctor{config: config}
	d.sendGrid(ctx)
	return d.findings
}
