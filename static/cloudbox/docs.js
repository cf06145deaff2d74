// Shows our own description in Swagger UI, without asking any other site.
window.ui = SwaggerUIBundle({
  url: document.getElementById("swagger-ui").dataset.schema,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "none", // two hundred calls at once take a browser seconds
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
});
