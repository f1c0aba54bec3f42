package web

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"

	"merchant-portal/web/templates"
)

// quietZone is the white border that readers need around a QR code, in modules (ISO/IEC 18004).
const quietZone = 4

// qrCode draws a text as a QR code: one path, which needs neither script nor an image from elsewhere (C071).
func qrCode(text string) (templates.QRCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return templates.QRCode{}, fmt.Errorf("QR code: %w", err)
	}
	var path strings.Builder
	side := code.Bounds().Dx()
	for y := range side {
		for x := 0; x < side; x++ {
			run := x
			for run < side && code.At(run, y) == color.Black {
				run++
			}
			if run > x {
				fmt.Fprintf(&path, "M%d %dh%dv1H%dz", x+quietZone, y+quietZone, run-x, x+quietZone)
				x = run
			}
		}
	}
	return templates.QRCode{Side: fmt.Sprint(side + 2*quietZone), Path: path.String()}, nil
}
