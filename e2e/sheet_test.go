package e2e

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
)

// sheets puts the pictures of each form together, four in a row, so that a person can look at all of them at once.
func sheets() error {
	for _, form := range []string{"1280-light.en", "1280-dark.id", "390-light.en"} {
		names, err := filepath.Glob(filepath.Join("screenshots", "*."+form+".png"))
		if err != nil || len(names) == 0 {
			return err
		}
		if err := sheet(names, filepath.Join("screenshots", "sheet-"+form+".png")); err != nil {
			return err
		}
	}
	return nil
}

const (
	perRow = 4
	gap    = 12
)

func sheet(names []string, to string) error {
	var pictures []image.Image
	width, heights := 0, []int{}
	for i, name := range names {
		picture, err := half(name)
		if err != nil {
			return err
		}
		if i%perRow == 0 {
			heights = append(heights, 0)
		}
		pictures = append(pictures, picture)
		width = max(width, picture.Bounds().Dx())
		heights[len(heights)-1] = max(heights[len(heights)-1], picture.Bounds().Dy())
	}
	total := gap
	for _, h := range heights {
		total += h + gap
	}
	out := image.NewRGBA(image.Rect(0, 0, perRow*(width+gap)+gap, total))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	y := gap
	for i, picture := range pictures {
		at := image.Pt(gap+i%perRow*(width+gap), y)
		draw.Draw(out, picture.Bounds().Add(at), picture, image.Point{}, draw.Src)
		if i%perRow == perRow-1 {
			y += heights[i/perRow] + gap
		}
	}
	return write(out, to)
}

// half reads a picture at half its size.
func half(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	whole, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	b := whole.Bounds()
	small := image.NewRGBA(image.Rect(0, 0, b.Dx()/2, b.Dy()/2))
	for y := range small.Bounds().Dy() {
		for x := range small.Bounds().Dx() {
			var r, g, bl uint32
			for _, p := range []image.Point{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				pr, pg, pb, _ := whole.At(b.Min.X+2*x+p.X, b.Min.Y+2*y+p.Y).RGBA()
				r, g, bl = r+pr, g+pg, bl+pb
			}
			small.SetRGBA(x, y, color.RGBA{uint8(r >> 10), uint8(g >> 10), uint8(bl >> 10), 255}) // four values of 16 bits, shifted by 2 and 8
		}
	}
	return small, nil
}

func write(picture image.Image, name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := png.Encode(f, picture); err != nil {
		f.Close() //nolint:errcheck // the first error counts
		return err
	}
	return f.Close()
}
