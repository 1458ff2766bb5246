package store

import (
	"github.com/google/uuid"

	"beckon/models"
)

// newID makes an id: UUIDv7, so that later rows sort after earlier ones.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// checkID refuses what cannot be the id of a row, before it reaches a column of type uuid. Only the form that is stored
// is an id: another spelling would lock another number than the row's. Error: CodeNotFound.
func checkID(noun, id string) error {
	parsed, err := uuid.Parse(id)
	if err != nil || parsed.String() != id {
		return models.Errorf(models.CodeNotFound, "there is no such %s", noun)
	}
	return nil
}
