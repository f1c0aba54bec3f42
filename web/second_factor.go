package web

// factorPath is where everything about second factors is, and where everything leads while one is missing that the merchant requires.
const factorPath = "/account/second-factor"
