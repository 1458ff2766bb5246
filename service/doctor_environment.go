package service

import (
	"reflect"
	"slices"
	"strings"

	"beckon/intake/mailin"
)

// environment warns of variables that look like Beckon's and are read by nobody: a slip of the pen leaves a default in force.
// What is wrong with the values of those that are read is said before, when the configuration is loaded.
func (d *doctor) environment(environ []string) {
	const subject, ours = "variables", "BECKON_"
	known := map[string]bool{}
	for field := range reflect.TypeFor[Config]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
		known[name] = true
	}
	unknown := []string{}
	for _, each := range environ {
		if name, _, _ := strings.Cut(each, "="); strings.HasPrefix(name, ours) && !known[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		d.sayf(subject, VerdictWarn, "nobody reads %s", strings.Join(unknown, ", "))
		return
	}
	d.sayf(subject, VerdictOK, "each that is set is read, and has a value that can be")
}

// mails says what becomes of mails with contact files.
func (d *doctor) mails() {
	const subject = "e-mail import"
	c := d.config
	switch {
	case c.EmailImportDomain == "" && c.SMTPListen != "":
		d.sayf(subject, VerdictWarn, "BECKON_SMTP_LISTEN needs BECKON_EMAIL_IMPORT_DOMAIN: no mail is taken")
		return
	case c.EmailImportDomain == "":
		return
	case c.DNSTXTFile != "":
		if _, err := mailin.NewTextFile(c.DNSTXTFile); err != nil {
			d.sayf(subject, VerdictFail, "BECKON_DNS_TXT_FILE cannot be read, and the API does not start: %s", err)
			return
		}
		d.sayf(subject, VerdictWarn, "senders are checked against BECKON_DNS_TXT_FILE, not DNS: that is for tests")
		return
	}
	d.sayf(subject, VerdictOK, "mails to %s are taken; their senders are checked in DNS", c.EmailImportDomain)
}
