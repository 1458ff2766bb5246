package api_test

import (
	"context"
	"slices"

	"beckon/models"
)

// fakeReturns is what the fake store knows of what comes back from people.
type fakeReturns struct {
	suppressions      []models.Suppression
	suppressionFilter models.SuppressionFilter
	sweeps            [][]models.Wake // pages that SweepSuppressions answers
	swept             int             // calls of SweepSuppressions
	sweepFails        error
	sweepWaits        chan struct{} // SweepSuppressions waits until it is closed
	replies           []models.InboundMessage
	subscriptions     map[string]models.Subscription // by outreach
	unsubscribed      []string
	replyWakes        []models.Wake
	calls             map[string]models.CallTexts
	eventsFail        error
	received          models.Received // what RecordReply answers, with replyWakes
	senderTo          *models.Sender
}

func (f *fakeStore) Suppressions(
	_ context.Context, filter models.SuppressionFilter,
) ([]models.Suppression, int, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, 0, err
	}
	f.suppressionFilter = filter
	return slices.Clone(f.suppressions), len(f.suppressions), nil
}

func (f *fakeStore) AddSuppression(
	_ context.Context, channel models.SuppressionChannel, address string, reason models.SuppressionReason, source string,
) (*models.Suppression, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	for i := range f.suppressions {
		if f.suppressions[i].Channel == channel && *f.suppressions[i].Address == address {
			known := f.suppressions[i]
			return &known, nil
		}
	}
	added := models.Suppression{
		ID: newID(), Channel: channel, Address: &address, Reason: reason, Source: source, CreatedAt: f.now(),
	}
	f.suppressions = append(f.suppressions, added)
	f.writes++
	return &added, nil
}

func (f *fakeStore) DeleteSuppression(_ context.Context, id string) error {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return err
	}
	for i := range f.suppressions {
		if f.suppressions[i].ID == id {
			f.suppressions = slices.Delete(f.suppressions, i, i+1)
			f.writes++
			return nil
		}
	}
	return models.Errorf(models.CodeNotFound, "there is no suppression %s", id)
}

func (f *fakeStore) SweepSuppressions(ctx context.Context, _ int) ([]models.Wake, bool, error) {
	f.mu.Lock()
	f.swept++
	waits := f.sweepWaits
	f.mu.Unlock()
	if waits != nil {
		select {
		case <-waits:
		case <-ctx.Done():
			return nil, false, ctx.Err()
		}
	}
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, false, err
	}
	if len(f.sweeps) == 0 {
		return nil, false, f.sweepFails
	}
	page := f.sweeps[0]
	f.sweeps = f.sweeps[1:]
	return page, len(f.sweeps) > 0, f.sweepFails
}

// timesSwept is how often SweepSuppressions was called.
func (f *fakeStore) timesSwept() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.swept
}

func (f *fakeStore) RecordReply(_ context.Context, message models.InboundMessage) (models.Received, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.Received{}, err
	}
	f.replies = append(f.replies, message)
	f.writes++
	received := f.received
	received.Wakes = f.replyWakes
	return received, nil
}

func (f *fakeStore) SenderTo(
	_ context.Context, _ models.InboundMessage, _ models.Received,
) (*models.Sender, error) {
	unlock, err := f.begin()
	defer unlock()
	return f.senderTo, err
}

func (f *fakeStore) Unsubscribe(_ context.Context, outreachID string) ([]models.Wake, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	if _, ok := f.subscriptions[outreachID]; !ok {
		return nil, models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
	}
	f.unsubscribed = append(f.unsubscribed, outreachID)
	f.writes++
	return f.replyWakes, nil
}

func (f *fakeStore) Subscription(_ context.Context, outreachID string) (*models.Subscription, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	found, ok := f.subscriptions[outreachID]
	if !ok {
		return nil, models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
	}
	return &found, nil
}

func (f *fakeStore) CallTexts(_ context.Context, outreachID string) (models.CallTexts, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return models.CallTexts{}, err
	}
	texts, ok := f.calls[outreachID]
	if !ok {
		return models.CallTexts{}, models.Errorf(models.CodeNotFound, "there is no outreach %s", outreachID)
	}
	return texts, nil
}

func (f *fakeStore) ImportSuppressions(_ context.Context, inputs []models.SuppressionInput) ([]bool, error) {
	unlock, err := f.begin()
	defer unlock()
	if err != nil {
		return nil, err
	}
	added := make([]bool, len(inputs))
	for i := range inputs {
		in := inputs[i]
		added[i] = !slices.ContainsFunc(f.suppressions, func(s models.Suppression) bool {
			return s.Channel == in.Channel && *s.Address == in.Address
		})
		if added[i] {
			f.suppressions = append(f.suppressions, models.Suppression{
				ID: newID(), Channel: in.Channel, Address: &in.Address, Reason: in.Reason, Source: "import", CreatedAt: f.now(),
			})
			f.writes++
		}
	}
	return added, nil
}

func (f *fakeStore) EachSuppression(
	_ context.Context, filter models.SuppressionFilter, fn func(rows []models.Suppression) error,
) error {
	unlock, err := f.begin()
	f.suppressionFilter = filter
	rows := slices.Clone(f.suppressions)
	unlock()
	if err != nil {
		return err
	}
	return fn(rows)
}
