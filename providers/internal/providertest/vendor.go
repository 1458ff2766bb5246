// Package providertest is what the tests of the providers' adapters share: the vendors' material, checks against their
// OpenAPI files, and servers that fail in every way a network can.
package providertest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// VendorFile reads a file of the vendors' material: below $BECKON_VENDOR_DIR, by default ../shared/vendor beside the
// repository. Without the folder the test is skipped; with the variable set it fails.
func VendorFile(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{vendorDir(t)}, path...)...))
	require.NoError(t, err)
	return content
}

// VendorJSON reads a JSON file of the vendors' material into value.
func VendorJSON(t *testing.T, value any, path ...string) {
	t.Helper()
	require.NoError(t, json.Unmarshal(VendorFile(t, path...), value))
}

func vendorDir(t *testing.T) string {
	t.Helper()
	dir, set := os.LookupEnv("BECKON_VENDOR_DIR")
	if !set {
		dir = filepath.Join(root(t), "..", "shared", "vendor")
	}
	if _, err := os.Stat(dir); err != nil {
		if set {
			require.NoError(t, err, "BECKON_VENDOR_DIR is set")
		}
		t.Skip("the vendors' material is not there; set BECKON_VENDOR_DIR")
	}
	return dir
}

// root is the repository's: the nearest folder above with a go.mod.
func root(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		require.NotEqual(t, dir, parent, "no go.mod above the test's folder")
		dir = parent
	}
}
