// Package sendgrid sends e-mails through Twilio SendGrid's v3 Mail Send API, and reads its signed Event Webhook.
package sendgrid
