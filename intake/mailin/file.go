package mailin

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"

	"beckon/mail"
)

// maxNested is how many mails deep a file is looked for: a mail that was forwarded as an attachment holds another.
const maxNested = 2

// contactFile finds the first file of contacts in a mail, whether it is attached or stands in the text. Where there is none, the
// reason says what there is instead.
func contactFile(m *mail.Mail, depth int) (file *mail.Attachment, reason string) {
	reason = "the mail has no CSV file attached"
	for i := range m.Attachments {
		if isTable(&m.Attachments[i]) {
			return &m.Attachments[i], ""
		}
	}
	for i := range m.Attachments {
		attached := &m.Attachments[i]
		switch {
		case attached.ContentType == "message/rfc822" && depth < maxNested:
			inner, err := mail.Read(bytes.NewReader(attached.Content))
			if err != nil {
				continue
			}
			if file, why := contactFile(inner, depth+1); file != nil {
				return file, ""
			} else if why != "" {
				reason = why
			}
		case isArchive(attached):
			reason = "the file is in an archive (zip): attach it as CSV"
		case hasSuffix(attached, ".xlsx", ".xls", ".ods", ".numbers"):
			reason = "the file is a workbook: save it as CSV and attach that"
		}
	}
	return nil, reason
}

// isTable says whether a file calls itself CSV, or one with tabs, by its type or name.
func isTable(file *mail.Attachment) bool {
	return slices.Contains([]string{
		"text/csv", "text/x-csv", "application/csv", "text/comma-separated-values", "text/tab-separated-values", "text/tsv",
	}, file.ContentType) || hasSuffix(file, ".csv", ".tsv", ".tab")
}

func isArchive(file *mail.Attachment) bool {
	return slices.Contains([]string{"application/zip", "application/x-zip-compressed", "application/gzip"}, file.ContentType) ||
		hasSuffix(file, ".zip", ".gz", ".7z", ".rar")
}

func hasSuffix(file *mail.Attachment, suffixes ...string) bool {
	name := strings.ToLower(strings.TrimSpace(file.FileName))
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

// fileName is a file's name as it is shown: without folders and what cannot be printed, and not too long.
func fileName(raw string) string {
	const longest = 255
	name := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, path.Base("/"+strings.ReplaceAll(raw, `\`, "/"))))
	if string(name) == "/" {
		return ""
	}
	return string(name[:min(len(name), longest)])
}
