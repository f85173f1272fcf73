import { lazy, Suspense } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { AskPage } from "./ask/AskPage";
import { Crash } from "./layout/Crash";
import { Frame } from "./layout/Frame";
import { Loading } from "./layout/Loading";
import { NotFound } from "./layout/NotFound";

const DocumentsPage = lazy(() => import("./documents/DocumentsPage"));
const ReaderPage = lazy(() => import("./reader/ReaderPage"));

const router = createBrowserRouter([
  {
    element: <Frame />,
    errorElement: <Crash />,
    children: [
      { path: "/", element: <AskPage /> },
      { path: "/documents", element: later(<DocumentsPage />) },
      { path: "/documents/:id", element: later(<ReaderPage />) },
      { path: "*", element: <NotFound /> },
    ],
  },
]);

export function App() {
  return <RouterProvider router={router} />;
}

function later(page: React.ReactNode) {
  return <Suspense fallback={<Loading />}>{page}</Suspense>;
}
