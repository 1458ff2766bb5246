// Package sandbox is a stand-in for the vendors that Beckon talks to: it speaks OpenAI's, SendGrid's and Twilio's HTTP
// APIs so closely that their official clients cannot tell, keeps every message it was given in a file of its own, and calls back
// with signed events as the vendor would. People look at the messages in its inbox and answer from there; tests count
// them and set faults.
//
// A message is committed to the file before its sender gets an answer, together with the callbacks it will cause, so
// what the sandbox holds is exactly what was sent, whatever was killed and when.
//
// One listener serves everything. Besides it each vendor has a port of its own, which the fault "refuse" really closes.
package sandbox
