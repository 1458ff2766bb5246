package mail

import (
	"regexp"
	"slices"
	"strings"
)

// What mail programs write above the mail that they quote, in some languages.
var (
	original = regexp.MustCompile(`(?i)^\s*[-_]{2,}\s*(original message|original appointment|forwarded message|` +
		`ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht|` +
		`mensagem original)\s*[-_]{2,}\s*$`)
	attribution = regexp.MustCompile(`(?is)^\s*(on|am|le|el|il|op|em|den)\b.{4,300}` +
		`\s(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev).{0,80}:\s*$`)
	fromLine = regexp.MustCompile(`(?i)^\s*\*?(from|von|de|da|van)\s?:\*?\s+\S`)
	dateLine = regexp.MustCompile(
		`(?i)^\s*\*?(sent|date|gesendet|datum|envoyé|enviado|fecha|inviato|data|verzonden)\s?:\*?\s+\S`)
	ruler     = regexp.MustCompile(`^\s*_{10,}\s*$`)
	signature = regexp.MustCompile(`(?i)^\s*(--|—|sent from my \S.{0,60}|sent from (outlook|yahoo|mail).{0,60}|` +
		`get outlook for .{0,60}|von meinem .{0,40} gesendet|envoyé de mon .{0,40}|enviado desde mi .{0,40})\s*$`)
)

const (
	// longestMark is how long a line may be, in bytes, that a mail program wrote above what it quotes.
	longestMark = 400
	// maxAnswerBytes is how much of an answer is looked at; less of it is kept.
	maxAnswerBytes = 128 << 10
)

// Unquoted is what a person wrote in an answer: the text without the mail that it quotes (lines that begin with ">", what
// follows "On … wrote:", "-----Original Message-----" or another program's header), and without a signature. It is empty
// where nothing is left.
func Unquoted(text string) string {
	lines := strings.Split(Clean(cut(text, maxAnswerBytes)), "\n")
	kept := []string{}
	for i := 0; i < len(lines); i++ {
		switch {
		case isQuote(lines[i]):
			continue
		case len(lines[i]) > longestMark:
			kept = append(kept, lines[i])
			continue
		case signature.MatchString(lines[i]), original.MatchString(lines[i]), isHeader(lines, i):
			return tidy(strings.Join(kept, "\n"))
		}
		length := attributed(lines[i:])
		if length == 0 {
			kept = append(kept, lines[i])
			continue
		}
		// Whoever answers below what they quote marks each line of it; what is not marked is quoted to its end.
		next := i + length
		for next < len(lines) && strings.TrimSpace(lines[next]) == "" {
			next++
		}
		if next == len(lines) || !isQuote(lines[next]) {
			break
		}
		i = next
	}
	return tidy(strings.Join(kept, "\n"))
}

func isQuote(line string) bool {
	return strings.HasPrefix(strings.TrimLeft(line, " \t\u00A0"), ">")
}

// attributed is how many lines say who wrote what follows: programs wrap them.
func attributed(lines []string) int {
	const most = 4
	for n := 1; n <= min(most, len(lines)); n++ {
		if strings.TrimSpace(lines[n-1]) == "" || len(lines[n-1]) > longestMark {
			return 0
		}
		if strings.HasSuffix(strings.TrimSpace(lines[n-1]), ":") && attribution.MatchString(strings.Join(lines[:n], " ")) {
			return n
		}
	}
	return 0
}

// isHeader says whether the line begins the header that Outlook writes above what it quotes.
func isHeader(lines []string, at int) bool {
	const most = 5
	if ruler.MatchString(lines[at]) {
		for _, line := range lines[at+1 : min(len(lines), at+most)] {
			if strings.TrimSpace(line) != "" {
				return fromLine.MatchString(line)
			}
		}
		return false
	}
	if !fromLine.MatchString(lines[at]) {
		return false
	}
	return slices.ContainsFunc(lines[at+1:min(len(lines), at+most)], dateLine.MatchString)
}
