package envswitch_test

import (
	"testing"

	"merchant-portal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
