package main

import (
	"errors"
	"time"
)

// Sizes of the campaigns of the pause measurement: the small one, and the one whose claims run all the while.
const (
	smallCrowd = 10
	load       = 3_000
)

// pauses measures how long a pause takes to answer, for a small and a large campaign in turn, while a third campaign's
// claims run at full rate.
func (s *stack) pauses(times, crowd int, report *report) error {
	return s.withWorkers(func() error {
		ids := []string{}
		for _, contacts := range []int{load, smallCrowd, crowd} {
			id, err := s.campaign("pauses", contacts)
			if err != nil {
				return err
			}
			if err := s.control(id, "go-live"); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		small, large := []float64{}, []float64{}
		for range times {
			if err := errors.Join(s.pause(ids[1], &small), s.pause(ids[2], &large)); err != nil {
				return err
			}
		}
		done, err := s.completed(ids[0])
		if err != nil {
			return err
		}
		if done >= load {
			return errors.New("the load was through before the pauses were: its claims did not run all the while")
		}
		report.Pause = &pauseReport{
			Times: times, Small: smallCrowd, Large: crowd, SmallMillis: median(small), LargeMillis: median(large),
			Ratio: median(large) / median(small),
		}
		return nil
	})
}

// pause pauses and resumes a campaign and notes how many milliseconds the pause took to answer.
func (s *stack) pause(campaignID string, took *[]float64) error {
	began := time.Now()
	if err := s.control(campaignID, "pause"); err != nil {
		return err
	}
	*took = append(*took, float64(time.Since(began).Microseconds())/1000) //nolint:mnd // milliseconds
	return s.control(campaignID, "resume")
}
