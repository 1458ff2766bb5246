package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"beckon/intake"
)

const (
	sampleContacts = 20
	sampleSeed     = 7
	sampleTimeout  = 30 * time.Second
)

// sample makes a draft campaign with contacts at the first start, through the API as anybody would. A file in the data
// directory notes that it was made, so that a sample that somebody archived does not come back.
func (s *stack) sample() error {
	if !s.flags.Sample {
		return nil
	}
	marker := filepath.Join(s.flags.Data, "sample-made")
	if _, err := os.Stat(marker); !errors.Is(err, fs.ErrNotExist) {
		return err //nolint:wrapcheck // nil, or a data directory that cannot be read
	}
	settings, err := json.Marshal(map[string]any{
		"name": "Sample: spring check-up", "type": "one_time", "channels": []string{"email"},
		"objective":    "Invite customers to book their spring check-up.",
		"instructions": "Be short and friendly. Mention the city if it is known.",
		"sender": map[string]string{
			"businessName": "Riverside Bikes", "fromName": "Sam of Riverside Bikes", "fromEmail": "sam@riverside-bikes.example",
			"postalAddress": "1 Main Street, Springfield, IL 62701, USA",
		},
	})
	if err != nil {
		return fmt.Errorf("make the sample: %w", err)
	}
	var campaign struct {
		ID string `json:"id"`
	}
	if err := s.post("/api/v1/campaigns", "application/json", settings, &campaign); err != nil {
		return err
	}
	body, contentType, err := sampleFile()
	if err != nil {
		return err
	}
	if err := s.post("/api/v1/campaigns/"+campaign.ID+"/imports", contentType, body, nil); err != nil {
		return err
	}
	if err := os.WriteFile(marker, []byte(campaign.ID+"\n"), 0o600); err != nil {
		return fmt.Errorf("note the sample: %w", err)
	}
	return nil
}

// sampleFile is the upload of a file of contacts, with the mapping that its header suggests.
func sampleFile() (body []byte, contentType string, err error) {
	file := bytes.Buffer{}
	if err := intake.WriteSample(&file, sampleContacts, sampleSeed); err != nil {
		return nil, "", fmt.Errorf("make sample contacts: %w", err)
	}
	content := file.Bytes()
	preview, err := intake.ReadPreview(bytes.NewReader(content))
	if err != nil {
		return nil, "", fmt.Errorf("read sample contacts: %w", err)
	}
	mapping, err := json.Marshal(preview.SuggestedMapping)
	if err != nil {
		return nil, "", fmt.Errorf("map sample contacts: %w", err)
	}
	form := bytes.Buffer{}
	writer := multipart.NewWriter(&form)
	part, err := writer.CreateFormFile("file", "sample.csv")
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = writer.WriteField("mapping", string(mapping))
	}
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		return nil, "", fmt.Errorf("write sample upload: %w", err)
	}
	return form.Bytes(), writer.FormDataContentType(), nil
}

// post calls the API and reads its answer.
func (s *stack) post(path, contentType string, body []byte, answer any) error {
	client := &http.Client{Timeout: sampleTimeout}
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.apiURL()+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("post %s: %w", path, err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("X-Api-Key", s.key)
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("post %s: %w", path, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("post %s: answered %s", path, response.Status)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("post %s: %w", path, err)
	}
	return nil
}
