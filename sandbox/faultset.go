package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// maxDelayMs keeps a delay within what a test or a person would wait for: ten minutes.
const maxDelayMs = 600_000

// decodeFaults reads a set of faults, {"<target>": {"kind", "rate", "retryAfter"?, "delayMs"?}}, and says all that is
// wrong with it. A missing rate is 1, a null fault none at all; a kind may be a string or a number.
func decodeFaults(body []byte, targets []Target) (map[Target]Fault, *problem) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return nil, newProblem(http.StatusBadRequest, "malformed", "the body is not a JSON object of faults")
	}

	set := map[Target]Fault{}
	wrong := &problem{}
	for name, value := range raw {
		if !slices.Contains(targets, Target(name)) {
			wrong.add(http.StatusBadRequest, "/"+name, "unknown_field", "this sandbox serves "+joinTargets(targets))

			continue
		}
		if string(value) == "null" {
			continue
		}
		set[Target(name)] = decodeFault("/"+name, value, wrong)
	}
	if len(wrong.Errors) > 0 {
		return nil, wrong.finish("the faults are not valid")
	}

	return set, nil
}

// decodeFault reads one fault and adds what is wrong with it.
func decodeFault(pointer string, body json.RawMessage, wrong *problem) Fault {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		wrong.add(http.StatusBadRequest, pointer, "wrong_type", "a fault is an object")

		return Fault{}
	}

	fault := Fault{Rate: 1}
	for name, value := range raw {
		var err error
		switch name {
		case "kind":
			err = decodeKind(value, &fault.Kind)
		case "rate":
			err = json.Unmarshal(value, &fault.Rate)
		case "retryAfter":
			err = json.Unmarshal(value, &fault.RetryAfter)
		case "delayMs":
			err = json.Unmarshal(value, &fault.DelayMs)
		default:
			wrong.add(http.StatusBadRequest, pointer+"/"+name, "unknown_field", "a fault has no such field")
		}
		if err != nil {
			wrong.add(http.StatusBadRequest, pointer+"/"+name, "wrong_type", "the value has the wrong type")
		}
	}
	if len(wrong.Errors) == 0 {
		checkFault(pointer, fault, wrong)
	}

	return fault
}

// decodeKind takes "429" and 429 alike.
func decodeKind(value json.RawMessage, kind *FaultKind) error {
	var number int
	if json.Unmarshal(value, &number) == nil {
		*kind = FaultKind(strconv.Itoa(number))

		return nil
	}

	return wrap("read a kind", json.Unmarshal(value, kind))
}

// checkFault adds the rules that a well-formed fault breaks.
func checkFault(pointer string, fault Fault, wrong *problem) {
	rule := func(field, detail string) {
		wrong.add(http.StatusUnprocessableEntity, pointer+"/"+field, "out_of_range", detail)
	}

	kinds := []FaultKind{
		FaultRateLimited, FaultServerError, FaultUnauthorized, FaultRefuse, FaultDropAfterAccept, FaultMalformed, FaultDelay,
	}
	if !slices.Contains(kinds, fault.Kind) {
		rule("kind", fmt.Sprintf("kind is one of %v", kinds))
	}
	if !(fault.Rate >= 0 && fault.Rate <= 1) {
		rule("rate", "rate is between 0 and 1")
	}
	switch {
	case fault.RetryAfter == nil:
	case fault.Kind != FaultRateLimited && fault.Kind != FaultServerError:
		rule("retryAfter", "retryAfter goes with 429 and 500 only")
	case *fault.RetryAfter < 0:
		rule("retryAfter", "retryAfter is a number of seconds")
	}
	switch {
	case fault.Kind == FaultDelay && (fault.DelayMs == nil || *fault.DelayMs < 1 || *fault.DelayMs > maxDelayMs):
		rule("delayMs", fmt.Sprintf("delay needs delayMs, from 1 to %d", maxDelayMs))
	case fault.Kind != FaultDelay && fault.DelayMs != nil:
		rule("delayMs", "delayMs goes with delay only")
	}
}

// joinTargets lists targets for a message.
func joinTargets(targets []Target) string {
	names := make([]string, len(targets))
	for i, target := range targets {
		names[i] = string(target)
	}

	return strings.Join(names, ", ")
}
