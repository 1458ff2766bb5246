package sandbox_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkSend sends with SendGrid's SDK from eight clients at once, as Beckon does; the client's work counts in.
func BenchmarkSend(b *testing.B) {
	bundle := setup(b)
	var number atomic.Int64
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answer, err := bundle.send(b, testMail(fmt.Sprintf("c%d@example.com", number.Add(1)), "1"))
			if err != nil || answer.StatusCode/100 != 2 {
				b.Error(err, answer)
			}
		}
	})
	b.StopTimer()
	require.Equal(b, b.N, bundle.stats(b).Messages)
	require.Eventually(b, func() bool { return bundle.stats(b).CallbacksPending == 0 }, patience, interval)
}
