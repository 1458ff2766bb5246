// Package openai plans outreaches with OpenAI's chat completions, or with any server that speaks them with strict JSON
// schemas.
package openai
