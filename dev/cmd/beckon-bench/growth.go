package main

import "context"

// growthReport compares the time of a large campaign with that of a small one.
type growthReport struct {
	Runs         int     `json:"runs"`
	Small        int     `json:"smallContacts"`
	Large        int     `json:"largeContacts"`
	SmallSeconds float64 `json:"smallSecondsMedian"`
	LargeSeconds float64 `json:"largeSecondsMedian"`
	Times        float64 `json:"times"`
}

// growth has a small campaign and a large one go through the pipeline, in turn, each in a stack of its own with new files.
func growth(ctx context.Context, runs, small, large int, report *report) error {
	seconds := map[int][]float64{}
	for range runs {
		for _, contacts := range []int{small, large} {
			err := inStack(ctx, func(s *stack) error {
				return s.withWorkers(func() error {
					id, err := s.campaign("growth", contacts)
					if err != nil {
						return err
					}
					result, err := s.timed(id, contacts)
					seconds[contacts] = append(seconds[contacts], result.Seconds)
					return err
				})
			})
			if err != nil {
				return err
			}
		}
	}
	report.Growth = &growthReport{
		Runs: runs, Small: small, Large: large, SmallSeconds: median(seconds[small]), LargeSeconds: median(seconds[large]),
		Times: median(seconds[large]) / median(seconds[small]),
	}
	return nil
}
